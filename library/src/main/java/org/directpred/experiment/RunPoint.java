package org.directpred.experiment;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.directpred.progress.ConsoleSink;
import org.directpred.progress.Progress;
import org.directpred.tensor.Library;
import org.directpred.tensor.TrainingThread;

/**
 * Runs one point of an ablation and appends one line to {@code results.jsonl} in its folder:
 *
 * <pre>
 * java -cp ... org.directpred.experiment.RunPoint FOLDER SOURCE-CLASS ARM SEED [WORD]...
 * </pre>
 *
 * <p>A point that has its line already is not run again, and a folder of another ablation, recipe
 * or version is refused. The exit status is 0 if the point has its line in the end (also a line
 * that says how it failed), 1 if not, 2 if the arguments are wrong.
 */
public final class RunPoint {
    /** The first argument where a parent process waits for this one. */
    static final String WITH_PARENT = "--end-with-input";

    private RunPoint() {}

    /** See the class. */
    public static void main(String[] arguments) {
        System.exit(status(arguments));
    }

    /** The exit status of a call with these arguments. */
    static int status(String... arguments) {
        List<String> words = new ArrayList<>(Arrays.asList(arguments));
        if (words.remove(WITH_PARENT)) {
            endWithInput();
        }
        if (words.size() < 4) {
            System.err.println("usage: RunPoint FOLDER SOURCE-CLASS ARM SEED [WORD]...");
            return 2;
        }
        long seed;
        try {
            seed = Long.parseLong(words.get(3));
        } catch (NumberFormatException e) {
            System.err.println("the seed must be a whole number, not " + words.get(3));
            return 2;
        }
        Progress.use(new ConsoleSink(System.out));
        try {
            Ablation ablation =
                    new AblationSource.Reference(words.get(1), words.subList(4, words.size()))
                            .ablation();
            Point point = new Point(words.get(2), seed);
            ResultsFolder folder = new ResultsFolder(Path.of(words.get(0)));
            if (new Results(ablation, folder.read(ablation)).row(point).isPresent()) {
                System.out.println(point + " has run already");
                return 0;
            }
            folder.describe(ablation);
            Row row = run(ablation, point);
            folder.append(row);
            row.failure().ifPresent(text -> System.out.println(point + " failed: " + text));
            return 0;
        } catch (RuntimeException e) {
            e.printStackTrace();
            return 1;
        }
    }

    /** Runs a point; a failure of the arm itself is a row too. */
    static Row run(Ablation ablation, Point point) {
        Task task = ablation.arm(point.arm()).task();
        long start = System.nanoTime();
        Outcome outcome;
        Optional<String> failure = Optional.empty();
        try {
            outcome = task.run(point.seed());
        } catch (TrainingThread.Stopped e) {
            throw e;
        } catch (PointFailed e) {
            outcome = e.soFar();
            failure = Optional.of(e.getMessage());
        }
        return new Row(point, outcome, failure, (System.nanoTime() - start) / 1e9, machine());
    }

    private static String machine() {
        return "JDK "
                + Runtime.version().feature()
                + ", "
                + System.getProperty("os.name")
                + " "
                + System.getProperty("os.arch")
                + ", library "
                + Library.version();
    }

    /** Ends this process when its parent does, however that ends: then the input ends. */
    private static void endWithInput() {
        Thread watch =
                new Thread(
                        () -> {
                            try {
                                while (System.in.read() >= 0) {
                                    // Nothing is ever written.
                                }
                            } catch (IOException e) {
                                // The input is gone, and so is the parent.
                            }
                            Runtime.getRuntime().halt(3);
                        },
                        "directpred-parent-watch");
        watch.setDaemon(true);
        watch.start();
    }
}
