package org.directpred.experiment;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.directpred.progress.Progress;

/** One point in a JVM of its own. */
final class ChildProcess {
    private static final long LOOK_MILLIS = 500;
    private static final int BY_SIGNAL = 128;
    private static final String MISSING = " and is still missing";
    private static final Map<Integer, String> SIGNALS =
            Map.of(
                    1, "SIGHUP",
                    2, "SIGINT",
                    4, "SIGILL",
                    6, "SIGABRT",
                    7, "SIGBUS",
                    8, "SIGFPE",
                    9, "SIGKILL, as when the machine's memory is exhausted",
                    11, "SIGSEGV",
                    15, "SIGTERM");

    private final ChildOrder order;
    private final ProcessPool pool;
    private final ChildLog log;
    private final Path file;

    /**
     * A process that has not started yet.
     *
     * @param order what it runs
     * @param pool what it may use
     * @param file where its output goes
     */
    ChildProcess(ChildOrder order, ProcessPool pool, Path file) {
        this.order = order;
        this.pool = pool;
        this.file = file;
        this.log = new ChildLog(file, text -> Progress.message(order.point() + ": " + text));
    }

    /**
     * Runs it to its end, and tells its messages meanwhile.
     *
     * @param worker its number in the pool
     * @return how it ended without a result, for a sentence that begins with its point
     * @throws IOException if no process could be started
     * @throws InterruptedException if the caller is interrupted; the process is gone then
     */
    String run(int worker) throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(command())
                        .redirectErrorStream(true)
                        .redirectOutput(file.toFile());
        Map<String, String> environment = builder.environment();
        String threads = Integer.toString(pool.threads());
        environment.put("OMP_NUM_THREADS", threads);
        environment.put("MKL_NUM_THREADS", threads);
        environment.put("OMP_WAIT_POLICY", "PASSIVE");
        environment.put(
                "CUDA_VISIBLE_DEVICES", pool.devices().isEmpty() ? "" : pool.devices().get(worker));
        Process process = builder.start();
        // Stays open: where it ends, so does the child.
        OutputStream input = process.getOutputStream();
        try {
            give(input);
            boolean ended = wait(process);
            log.readToTheEnd();
            return ended ? words(process.exitValue()) : overdue();
        } finally {
            // What it has started itself would hold its files and its memory on.
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private void give(OutputStream input) {
        try {
            input.write((order.write() + "\n").getBytes(StandardCharsets.US_ASCII));
            input.flush();
        } catch (IOException e) {
            // It has ended already, and its status and its log say why.
        }
    }

    private boolean wait(Process process) throws IOException, InterruptedException {
        long start = System.nanoTime();
        while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
            log.read();
            long nanos = System.nanoTime() - start;
            if (pool.limit().isPresent() && nanos > pool.limit().get().toNanos()) {
                return false;
            }
        }
        return true;
    }

    private String words(int status) {
        if (status == 0) {
            return "ended with exit status 0 but without a result" + MISSING + why();
        }
        String signal = SIGNALS.get(status - BY_SIGNAL);
        String words = "crashed with exit status " + status;
        return words + (signal == null ? "" : " (" + signal + ")") + MISSING + why();
    }

    private String overdue() {
        long seconds = pool.limit().orElseThrow().toSeconds();
        return "was ended after " + seconds + " s, its pool's limit," + MISSING + why();
    }

    private String why() {
        return log.failure()
                .map(text -> ": " + text + "; its log is " + file)
                .orElseGet(() -> "; the end of " + file + ": " + log.end());
    }

    private static List<String> command() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                ProcessPool.inherited(
                        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()));
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(RunPoint.class.getName());
        command.add(RunPoint.WITH_PARENT);
        return command;
    }
}
