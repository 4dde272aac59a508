package org.directpred.kernel.display;

import java.awt.image.BufferedImage;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.dflib.jjava.jupyter.Extension;
import org.dflib.jjava.jupyter.kernel.BaseKernel;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.dflib.jjava.jupyter.kernel.display.Renderer;
import org.dflib.jjava.jupyter.kernel.display.mime.MIMEType;
import org.directpred.figure.AnimatedFigure;
import org.directpred.kernel.Versions;
import org.directpred.progress.Progress;
import org.directpred.progress.Sink;
import tech.tablesaw.api.Table;
import tech.tablesaw.plotly.components.Figure;

/**
 * Joins the library to the kernel: it becomes the library's sink, shows figures, tables, pictures
 * and arrays, names the engine's flavour in the first message, and makes the kernel leave when it
 * is shut down or left alone.
 */
public final class DirectPredExtension implements Extension {
    private static final Duration LOOKING_FOR_FIRST_CELL = Duration.ofMillis(5);
    private static final Duration SHUTDOWN_REPLY = Duration.ofSeconds(2);

    private static final int DIMENSIONS = 4;
    private static final List<Class<?>> LEAVES =
            List.of(
                    double.class,
                    float.class,
                    long.class,
                    int.class,
                    short.class,
                    byte.class,
                    boolean.class,
                    char.class,
                    String.class,
                    Object.class);

    private Sink before;

    /** For the kernel's service loader. */
    public DirectPredExtension() {}

    @Override
    public void install(BaseKernel kernel) {
        var screen = new KernelScreen(kernel);
        var sink = new NotebookSink(screen, System::nanoTime);
        before = Progress.use(sink);
        register(kernel.getRenderer());
        daemon("directpred-first-message", () -> announce(kernel, sink));
        leaveWithJupyter();
    }

    @Override
    public void uninstall(BaseKernel kernel) {
        if (before != null) {
            Progress.use(before);
            before = null;
        }
        // The kernel's threads would keep the JVM for another minute. Leave as soon as the thread
        // that answers the request has done so.
        Thread answering = Thread.currentThread();
        daemon(
                "directpred-leave",
                () -> {
                    try {
                        answering.join(SHUTDOWN_REPLY.toMillis());
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    System.exit(0);
                });
    }

    /** A Jupyter that was killed shuts no kernel down; without this one would run for ever. */
    private static void leaveWithJupyter() {
        String jupyter = System.getenv("JPY_PARENT_PID");
        ProcessHandle.current()
                .parent()
                .filter(parent -> Long.toString(parent.pid()).equals(jupyter))
                .ifPresent(
                        parent ->
                                daemon(
                                        "directpred-jupyter",
                                        () -> {
                                            parent.onExit().join();
                                            System.exit(0);
                                        }));
    }

    private static void register(Renderer renderer) {
        register(renderer, Figure.class, Outputs::ofFigure);
        register(renderer, AnimatedFigure.class, Outputs::ofAnimatedFigure);
        register(renderer, Table.class, Outputs::ofTable);
        register(renderer, BufferedImage.class, Outputs::ofImage);
        // The kernel finds a renderer by the exact type of an array.
        for (Class<?> leaf : LEAVES) {
            Class<?> array = leaf.arrayType();
            for (int dimensions = 1; dimensions <= DIMENSIONS; dimensions++) {
                register(renderer, array, Outputs::ofArray);
                array = array.arrayType();
            }
        }
    }

    private static <T> void register(
            Renderer renderer, Class<T> type, Function<T, DisplayData> output) {
        renderer.createRegistration(type)
                .preferring(MIMEType.TEXT_PLAIN)
                .register(
                        (value, context) ->
                                context.getOutputContainer().assign(output.apply(value)));
    }

    /** Waits for the first cell, for before it there is nobody to tell. */
    private static void announce(BaseKernel kernel, Sink sink) {
        try {
            while (!kernel.getIO().isAttached()) {
                Thread.sleep(LOOKING_FOR_FIRST_CELL.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        sink.message(firstMessage());
    }

    static String firstMessage() {
        Versions versions = Versions.ofThisBuild();
        return "DirectPred "
                + versions.directpred()
                + " on PyTorch "
                + versions.libtorch()
                + ", "
                + System.getProperty("directpred.device", "device unknown");
    }

    private static void daemon(String name, Runnable work) {
        var thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }
}
