package org.directpred.experiment;

import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.directpred.progress.Bar;
import org.directpred.progress.ConsoleSink;
import org.directpred.progress.LivePicture;
import org.directpred.progress.Progress;
import org.directpred.progress.Sink;
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
    static final String WITH_PARENT = "--order-from-input";

    private RunPoint() {}

    /** See the class. */
    public static void main(String[] arguments) {
        System.exit(status(arguments));
    }

    /** The exit status of a call with these arguments. */
    static int status(String... arguments) {
        List<String> words = List.of(arguments);
        if (words.equals(List.of(WITH_PARENT))) {
            return statusOfOrder();
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
        Point point = new Point(words.get(2), seed);
        Sink console = new ConsoleSink(System.out);
        Progress.use(new Telling(console, text -> console.message(point + ": " + text)));
        try {
            run(
                    new ChildOrder(
                            Path.of(words.get(0)),
                            new AblationSource.Reference(
                                    words.get(1), words.subList(4, words.size())),
                            point));
            return 0;
        } catch (RuntimeException | Error e) {
            e.printStackTrace();
            return 1;
        }
    }

    /** Runs what the parent process says on the input, and ends when the input does. */
    private static int statusOfOrder() {
        // The parent reads the log as UTF-8, whatever the locale.
        PrintStream out =
                new PrintStream(
                        new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        System.setOut(out);
        System.setErr(out);
        // Marked for the parent, which tells them beside the point's name.
        Progress.use(
                new Telling(new ConsoleSink(out), text -> out.println(ChildLog.message(text))));
        try {
            ChildOrder order = ChildOrder.read(firstLine(System.in));
            endWithInput();
            run(order);
            return 0;
        } catch (Json.Damaged | IOException | RuntimeException | Error e) {
            out.println(ChildLog.failed(e));
            e.printStackTrace(out);
            return 1;
        }
    }

    private static byte[] firstLine(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
            line.write(next);
        }
        return line.toByteArray();
    }

    private static void run(ChildOrder order) {
        Point point = order.point();
        // The other variants are no matter of this process, and none of them can keep it from
        // running.
        Ablation ablation = order.source().ablation().withVariantsOnly(point.variant());
        ResultsFolder folder = new ResultsFolder(order.folder());
        if (new Results(ablation, folder.read(ablation)).row(point).isPresent()) {
            System.out.println(point + " has run already");
            return;
        }
        Row row;
        try (ResultsFolder.Hold hold = folder.hold()) {
            folder.describe(ablation);
            row = run(ablation, point, folder.work(point));
            folder.append(row, hold);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot leave the folder " + folder.path(), e);
        }
        folder.discardWork(point);
        row.failure().ifPresent(text -> System.out.println(point + " failed: " + text));
    }

    /**
     * Runs a point; a failure of the variant itself is a row too.
     *
     * @param work the point's own folder
     */
    static Row run(Ablation ablation, Point point, Path work) {
        Task task = ablation.variant(point.variant()).task();
        long start = System.nanoTime();
        Measurements measurements;
        Optional<String> failure = Optional.empty();
        try {
            measurements = task.run(point.seed(), work);
        } catch (TrainingThread.Stopped e) {
            throw e;
        } catch (PointFailed e) {
            measurements = e.soFar();
            failure = Optional.of(String.valueOf(e.getMessage()));
        }
        return new Row(point, measurements, failure, (System.nanoTime() - start) / 1e9, machine());
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

    /** A console of which messages go another way. */
    private record Telling(Sink console, Consumer<String> messages) implements Sink {
        @Override
        public Bar bar(String name, long total) {
            return console.bar(name, total);
        }

        @Override
        public LivePicture picture(String name) {
            return console.picture(name);
        }

        @Override
        public void message(String text) {
            messages.accept(text);
        }

        @Override
        public void show(Object value) {
            console.show(value);
        }
    }
}
