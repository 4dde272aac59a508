package org.directpred.image;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes tar archives, also such as no tool would. */
final class Tars {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Tars file(String name, byte[] content) {
        return member(name, '0', content.length, content);
    }

    Tars file(String name, String content) {
        return file(name, content.getBytes(StandardCharsets.US_ASCII));
    }

    /** A member whose header may lie about its size. */
    Tars member(String name, char type, long size, byte[] content) {
        out.writeBytes(header(name, type, size));
        out.writeBytes(content);
        out.writeBytes(new byte[(512 - content.length % 512) % 512]);
        return this;
    }

    /** A hard link, type 1, or a symbolic one, type 2. */
    Tars link(String name, char type, String target) {
        byte[] block = header(name, type, 0);
        put(block, 157, target);
        out.writeBytes(summed(block));
        return this;
    }

    byte[] end() {
        out.writeBytes(new byte[1024]);
        return out.toByteArray();
    }

    /** What is there, without the two blocks that end an archive. */
    byte[] endless() {
        return out.toByteArray();
    }

    static byte[] header(String name, char type, long size) {
        byte[] block = new byte[512];
        put(block, 0, name);
        put(block, 100, "0000644");
        put(block, 108, "0000000");
        put(block, 116, "0000000");
        put(block, 124, String.format("%011o", size));
        put(block, 136, "00000000000");
        block[156] = (byte) type;
        put(block, 257, "ustar");
        put(block, 263, "00");
        return summed(block);
    }

    static byte[] summed(byte[] block) {
        Arrays.fill(block, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte b : block) {
            sum += b & 0xff;
        }
        put(block, 148, String.format("%06o", sum));
        block[154] = 0;
        return block;
    }

    private static void put(byte[] block, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(bytes, 0, block, at, bytes.length);
    }
}
