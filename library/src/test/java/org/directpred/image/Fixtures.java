package org.directpred.image;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** What several tests of this room share. */
final class Fixtures {
    private Fixtures() {}

    /** Smooth waves with noise on top; {@code pattern} in make_view_fixtures.py is the same. */
    static Image pattern(int channels, int height, int width, int seed) {
        byte[] pixels = new byte[channels * height * width];
        int at = 0;
        for (int c = 0; c < channels; c++) {
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    int wave = (x * (3 + c + seed % 5) + y * (5 - c + seed % 7)) % 512;
                    wave = wave > 255 ? 511 - wave : wave;
                    long key = x + 37L * y + 1009L * c + 7919L * seed;
                    int noise = (int) (((key * 2654435761L) & 0xffffffffL) >> 26);
                    pixels[at++] = (byte) Math.max(0, Math.min(255, wave + noise - 32));
                }
            }
        }
        return new Image(channels, height, width, pixels);
    }

    /** The inner loops that this JVM has: the plain ones, and the vectors' where the module is. */
    static List<Kernels> kernels() {
        List<Kernels> kernels = new ArrayList<>(List.of(new Kernels()));
        if (vectorModule()) {
            kernels.add(vectors());
        }
        return kernels;
    }

    static boolean vectorModule() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    }

    static Kernels vectors() {
        try {
            return Class.forName("org.directpred.image.VectorKernels")
                    .asSubclass(Kernels.class)
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("VectorKernels", e);
        }
    }

    static byte[] resource(String name) {
        try (InputStream in = Fixtures.class.getResourceAsStream(name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
