package org.directpred.kernel.display;

import org.dflib.jjava.jupyter.kernel.BaseKernel;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;

/**
 * The output area of the running cell.
 *
 * <p>A message is never sent from an interrupted thread: the kernel's sockets would be closed for
 * good. The flag is put aside and raised again, so that the loop that polls it still ends.
 */
final class KernelScreen implements Screen {
    private final BaseKernel kernel;

    KernelScreen(BaseKernel kernel) {
        this.kernel = kernel;
    }

    @Override
    public void show(DisplayData data) {
        undisturbed(() -> kernel.getIO().display.display(data));
    }

    @Override
    public void replace(DisplayData data) {
        undisturbed(() -> kernel.getIO().display.updateDisplay(data));
    }

    @Override
    public DisplayData render(Object value) {
        return kernel.getRenderer().render(value);
    }

    private static void undisturbed(Runnable send) {
        boolean interrupted = Thread.interrupted();
        try {
            send.run();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
