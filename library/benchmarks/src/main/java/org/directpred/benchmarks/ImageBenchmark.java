package org.directpred.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Iterator;
import org.directpred.image.ImageFolder;
import org.directpred.image.ImageSource;
import org.directpred.image.Stl10;
import org.directpred.image.ViewBatch;
import org.directpred.image.ViewLoader;
import org.directpred.image.Views;

/**
 * One side of the image benchmark: {@code python/image_peers.py} starts it, asks for a round by a
 * line on the standard input and reads the microseconds for an image from the standard output.
 *
 * <p>The whole loader is timed, from the file to a batch in memory, because that is what a training
 * loop waits for.
 */
public final class ImageBenchmark {
    private static final int BATCH = 64;

    private ImageBenchmark() {}

    /**
     * Answers lines {@code stl10 THREADS} and {@code jpeg THREADS}, until the input ends.
     *
     * @param arguments the folder that image_peers.py made
     */
    public static void main(String[] arguments) throws IOException {
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
