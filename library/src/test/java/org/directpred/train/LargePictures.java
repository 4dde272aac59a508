package org.directpred.train;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.directpred.image.Augmentation;
import org.directpred.image.CentreCrop;
import org.directpred.image.Filter;
import org.directpred.image.ImageFolder;
import org.directpred.image.Resize;
import org.directpred.image.Views;
import org.directpred.network.Architecture;
import org.directpred.progress.Progress;
import org.directpred.progress.TestSink;

/**
 * The process that {@link LargePicturesTest} starts with a small heap: a run over a folder that
 * holds one of each picture that is too large, which prints what it is told.
 */
final class LargePictures {
    private static final int SIDE = 12000;

    private LargePictures() {}

    public static void main(String[] arguments) {
        Progress.use(new Printer());
        Recipe recipe =
                Recipe.cifar10()
                        .withEncoder(Architecture.small(3, 4))
                        .withViews(
                                Views.cifar()
                                        .withPlain(
                                                Augmentation.of(
                                                        new Resize(32, Filter.BILINEAR),
                                                        new CentreCrop(32, 32))))
                        .withBatchSize(16)
                        .withSteps(12);
        try (Pretraining run =
                Pretraining.of(recipe).onDevice("cpu").on(ImageFolder.of(Path.of(arguments[0])))) {
            run.train();
            System.out.println("done after step " + run.step());
        }
    }

    private static final class Printer extends TestSink {
        @Override
        public void message(String text) {
            System.out.println(text.lines().findFirst().orElse(""));
        }
    }

    /** Writes one of each picture that is too large, and how many there are. */
    static int write(Path folder, byte[] jpeg, byte[] gif) throws IOException {
        Files.write(folder.resolve("pixels.png"), png());
        try (RandomAccessFile sparse =
                new RandomAccessFile(folder.resolve("sparse.jpg").toFile(), "rw")) {
            sparse.write(jpeg);
            sparse.setLength(900L << 20);
        }
        Files.write(folder.resolve("scans.jpg"), scans(jpeg));
        Files.write(folder.resolve("header.jpg"), header(jpeg));
        byte[] screen = gif.clone();
        for (int i = 6; i < 10; i++) {
            screen[i] = (byte) 0xff;
        }
        Files.write(folder.resolve("screen.gif"), screen);
        Files.write(
                folder.resolve("header.bmp"),
                little(200)
                        .put("BM".getBytes(StandardCharsets.US_ASCII))
                        .putInt(200)
                        .putInt(0)
                        .putInt(54)
                        .putInt(40)
                        .putInt(Integer.MAX_VALUE)
                        .putInt(Integer.MIN_VALUE)
                        .putShort((short) 1)
                        .putShort((short) 24)
                        .array());
        Files.write(folder.resolve("directory.tif"), tiff(1 << 30, 1 << 30, 0));
        Files.write(folder.resolve("tile.tif"), tiff(16, 16, 1 << 20));
        Files.write(
                folder.resolve("frame.webp"),
                little(64)
                        .put("RIFF".getBytes(StandardCharsets.US_ASCII))
                        .putInt(56)
                        .put("WEBPVP8L".getBytes(StandardCharsets.US_ASCII))
                        .putInt(40)
                        .put((byte) 0x2f)
                        .putInt(0x3fff | 0x3fff << 14)
                        .array());
        return 9;
    }

    private static ByteBuffer little(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A white picture of 144 million pixels in 420 KB. */
    private static byte[] png() throws IOException {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflated =
                new DeflaterOutputStream(data, new Deflater(Deflater.BEST_SPEED))) {
            byte[] row = new byte[1 + 3 * SIDE];
            for (int y = 0; y < SIDE; y++) {
                deflated.write(row);
            }
        }
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
        byte[] size = ByteBuffer.allocate(13).putInt(SIDE).putInt(SIDE).put(8, (byte) 8).array();
        size[9] = 2;
        chunk(file, "IHDR", size);
        chunk(file, "IDAT", data.toByteArray());
        chunk(file, "IEND", new byte[0]);
        return file.toByteArray();
    }

    private static void chunk(ByteArrayOutputStream file, String name, byte[] content) {
        byte[] letters = name.getBytes(StandardCharsets.US_ASCII);
        CRC32 sum = new CRC32();
        sum.update(letters);
        sum.update(content);
        try (DataOutputStream out = new DataOutputStream(file)) {
            out.writeInt(content.length);
            out.write(letters);
            out.write(content);
            out.writeInt((int) sum.getValue());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The last scan of a progressive picture four hundred times. */
    private static byte[] scans(byte[] progressive) {
        int last = progressive.length - 2;
        while ((progressive[last] & 0xff) != 0xff || (progressive[last + 1] & 0xff) != 0xda) {
            last--;
        }
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.write(progressive, 0, last);
        for (int i = 0; i < 400; i++) {
            file.write(progressive, last, progressive.length - 2 - last);
        }
        file.write(0xff);
        file.write(0xd9);
        return file.toByteArray();
    }

    /** A frame header that claims 65535 x 65535 pixels. */
    private static byte[] header(byte[] progressive) {
        byte[] file = progressive.clone();
        int frame = 0;
        while ((file[frame] & 0xff) != 0xff || (file[frame + 1] & 0xff) != 0xc2) {
            frame++;
        }
        for (int i = 5; i < 9; i++) {
            file[frame + i] = (byte) 0xff;
        }
        return file;
    }

    private static byte[] tiff(int width, int height, int tile) {
        int entries = tile == 0 ? 8 : 10;
        byte[] bytes = new byte[600];
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        file.put("II".getBytes(StandardCharsets.US_ASCII)).putShort((short) 42).putInt(8);
        file.putShort((short) entries);
        int[][] tags = {
            {256, width},
            {257, height},
            {258, 8},
            {259, 1},
            {262, 1},
            {273, 300},
            {277, 1},
            {279, 256},
            {322, tile},
            {323, tile}
        };
        if (tile != 0) {
            tags[5] = new int[] {324, 300};
            tags[7] = new int[] {325, 256};
        }
        for (int i = 0; i < entries; i++) {
            file.putShort((short) tags[i][0]).putShort((short) 4).putInt(1).putInt(tags[i][1]);
        }
        return bytes;
    }
}
