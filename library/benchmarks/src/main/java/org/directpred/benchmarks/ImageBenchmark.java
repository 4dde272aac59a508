package org.directpred.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import org.directpred.image.ColourPatches;
import org.directpred.image.Image;
import org.directpred.image.ImageFolder;
import org.directpred.image.ImageSource;
import org.directpred.image.Stl10;
import org.directpred.image.ViewBatch;
import org.directpred.image.ViewLoader;
import org.directpred.image.Views;

/**
 * One side of the image benchmark: {@code python/image_peers.py} starts it, asks for a round by a
 * line on the standard input and reads the microseconds for an image from the standard output. By
 * itself it compares two worker threads with one.
 *
 * <p>The whole loader is timed, from the file to a batch in memory, because that is what a training
 * loop waits for.
 */
public final class ImageBenchmark {
    private static final int BATCH = 64;

    /** Rounds until the compiler is done. */
    private static final int WARM_UP = 3;

    private ImageBenchmark() {}

    /**
     * Answers lines {@code stl10 THREADS} and {@code jpeg THREADS}, until the input ends; or times
     * one and two worker threads in turn.
     *
     * @param arguments the folder that image_peers.py made; or {@code threads ROUNDS}
     */
    public static void main(String[] arguments) throws IOException {
        if (arguments[0].equals("threads")) {
            compareThreads(Integer.parseInt(arguments[1]));
            return;
        }
        Path folder = Path.of(arguments[0]);
        ImageSource stl10 = Stl10.read("patches", folder.resolve("patches_X.bin"), null);
        ImageSource photographs = ImageFolder.of(folder.resolve("jpeg"));
        BufferedReader in =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        System.out.println("ready");
        int round = 0;
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ", -1);
            int threads = Integer.parseInt(words[1]);
            round++;
            System.out.println(
                    words[0].equals("stl10")
                            ? time(stl10, Views.stl10(), threads, 12, round)
                            : time(photographs, Views.byolImageNet(), threads, 5, round));
        }
    }

    /** STL-10's views of a file in its format, on one worker and on two, in turn. */
    private static void compareThreads(int rounds) throws IOException {
        Path file = Files.createTempFile("patches_X", ".bin");
        file.toFile().deleteOnExit();
        Files.write(file, stl10(ColourPatches.train().first(16 * BATCH)));
        ImageSource patches = Stl10.read("patches", file, null);
        double[] ratios = new double[rounds];
        for (int round = -WARM_UP; round < rounds; round++) {
            double one = time(patches, Views.stl10(), 1, 12, round);
            double two = time(patches, Views.stl10(), 2, 12, round);
            System.out.printf(
                    Locale.ROOT,
                    "%s: one worker %.1f us an image, two %.1f, %.2f times as fast%n",
                    round < 0 ? "warm-up" : "round " + (round + 1),
                    one,
                    two,
                    one / two);
            if (round >= 0) {
                ratios[round] = one / two;
            }
        }
        Arrays.sort(ratios);
        System.out.printf(
                Locale.ROOT,
                "two workers: median %.2f times one, %.2f to %.2f in %d rounds%n",
                ratios[rounds / 2],
                ratios[0],
                ratios[rounds - 1],
                rounds);
    }

    /** Images in STL-10's format: planes, column by column. */
    private static byte[] stl10(ImageSource images) {
        int side = ColourPatches.SIDE;
        byte[] bytes = new byte[images.size() * 3 * side * side];
        int at = 0;
        for (int i = 0; i < images.size(); i++) {
            Image image = images.read(i);
            for (int c = 0; c < 3; c++) {
                for (int x = 0; x < side; x++) {
                    for (int y = 0; y < side; y++) {
                        bytes[at++] = (byte) image.value(c, y, x);
                    }
                }
            }
        }
        return bytes;
    }

    /** Microseconds for the two views of an image, the first epoch not counted. */
    private static double time(
            ImageSource source, Views views, int threads, int epochs, int round) {
        try (ViewLoader loader =
                ViewLoader.of(source, views, Math.min(BATCH, source.size()), round)
                        .withThreads(threads)) {
            run(loader, 0);
            long start = System.nanoTime();
            long images = 0;
            for (int epoch = 1; epoch <= epochs; epoch++) {
                images += run(loader, epoch);
            }
            return (System.nanoTime() - start) / 1e3 / images;
        }
    }

    private static long run(ViewLoader loader, int epoch) {
        long images = 0;
        for (Iterator<ViewBatch> batches = loader.epoch(epoch, 0); batches.hasNext(); ) {
            try (ViewBatch batch = batches.next()) {
                float value = batch.second().getFloat(0);
                if (Float.isNaN(value)) {
                    throw new IllegalStateException("a view holds NaN");
                }
                images += batch.size();
            }
        }
        return images;
    }
}
