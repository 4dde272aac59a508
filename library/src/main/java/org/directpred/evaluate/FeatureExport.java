package org.directpred.evaluate;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.IntStream;

/** Features in the formats of other programs: CSV and NumPy's {@code .npy}. */
final class FeatureExport {
    /** NumPy wants the header, with what stands before it, to be a multiple of this. */
    private static final int ALIGNMENT = 64;

    private FeatureExport() {}

    private interface Writer {
        void write(OutputStream out) throws IOException;
    }

    static void csv(Features features, Path file) {
        write(
                file,
                out -> {
                    StringBuilder line = new StringBuilder("label,class");
                    IntStream.range(0, features.dimension())
                            .forEach(j -> line.append(",feature ").append(j));
                    line(line, out);
                    for (int i = 0; i < features.size(); i++) {
                        int label = features.label(i);
                        line.append(label).append(',');
                        if (label != Features.UNLABELLED) {
                            line.append(quoted(features.classes().get(label)));
                        }
                        for (float value : features.row(i)) {
                            line.append(',').append(value);
                        }
                        line(line, out);
                    }
                });
    }

    static void npy(Features features, Path file) {
        write(
                file,
                out -> {
                    out.write(
                            header(
                                    "<f4",
                                    String.format(
                                            Locale.ROOT,
                                            "(%d, %d)",
                                            features.size(),
                                            features.dimension())));
                    byte[] row = new byte[features.dimension() * Float.BYTES];
                    for (int i = 0; i < features.size(); i++) {
                        littleEndian(row).asFloatBuffer().put(features.row(i));
                        out.write(row);
                    }
                });
    }

    static void labelsNpy(Features features, Path file) {
        write(
                file,
                out -> {
                    out.write(header("<i4", String.format(Locale.ROOT, "(%d,)", features.size())));
                    byte[] number = new byte[Integer.BYTES];
                    for (int label : features.labels()) {
                        littleEndian(number).putInt(label);
                        out.write(number);
                    }
                });
    }

    /** Version 1.0: magic number, version, the header's length as uint16, a Python dictionary. */
    private static byte[] header(String type, String shape) {
        String text =
                "{'descr': '%s', 'fortran_order': False, 'shape': %s, }".formatted(type, shape);
        int before = 10;
        int length = (before + text.length() + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT - before;
        byte[] header = new byte[before + length];
        littleEndian(header)
                .put((byte) 0x93)
                .put("NUMPY".getBytes(StandardCharsets.US_ASCII))
                .put((byte) 1)
                .put((byte) 0)
                .putShort((short) length)
                .put(text.getBytes(StandardCharsets.US_ASCII))
                .put(" ".repeat(length - text.length() - 1).getBytes(StandardCharsets.US_ASCII))
                .put((byte) '\n');
        return header;
    }

    private static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** RFC 4180: quotes around what holds a comma, a quote or a line break; quotes doubled. */
    static String quoted(String text) {
        return text.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r')
                ? '"' + text.replace("\"", "\"\"") + '"'
                : text;
    }

    private static void line(StringBuilder line, OutputStream out) throws IOException {
        out.write(line.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
        line.setLength(0);
    }

    private static void write(Path file, Writer writer) {
        Path target = file.toAbsolutePath();
        try {
            Files.createDirectories(target.getParent());
            // Not a temporary file of the platform, which others may not read.
            Path unfinished = target.resolveSibling(target.getFileName() + "." + UUID.randomUUID());
            try {
                try (OutputStream out =
                        new BufferedOutputStream(Files.newOutputStream(unfinished))) {
                    writer.write(out);
                }
                Files.move(
                        unfinished,
                        target,
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(unfinished);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the features to " + file, e);
        }
    }
}
