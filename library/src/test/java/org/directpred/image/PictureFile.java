package org.directpred.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** A picture file and what Pillow reads from it. */
final class PictureFile {
    private final String name;
    private final int height;
    private final int width;
    private final byte[] content;
    private final byte[] pixels;

    private PictureFile(String name, int height, int width, byte[] content, byte[] pixels) {
        this.name = name;
        this.height = height;
        this.width = width;
        this.content = content;
        this.pixels = pixels;
    }

    String name() {
        return name;
    }

    int height() {
        return height;
    }

    int width() {
        return width;
    }

    byte[] content() {
        return content;
    }

    /** The pixels, {@code [height, width, 3]}. */
    byte[] pixels() {
        return pixels;
    }

    /** The records of a resource that make_jpeg_matrix.py or make_picture_fixtures.py wrote. */
    static List<PictureFile> of(String resource) {
        List<PictureFile> files = new ArrayList<>();
        try (DataInputStream in =
                new DataInputStream(
                        new GZIPInputStream(
                                new ByteArrayInputStream(Fixtures.resource(resource))))) {
            for (int length = in.read(); length >= 0; length = in.read()) {
                String name = new String(in.readNBytes(length << 8 | in.read()), UTF_8);
                int height = in.readInt();
                int width = in.readInt();
                byte[] content = in.readNBytes(in.readInt());
                byte[] pixels = in.readNBytes(3 * height * width);
                files.add(new PictureFile(name, height, width, content, pixels));
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return files;
    }
}
