package org.directpred.kernel.start;

import java.util.concurrent.TimeUnit;
import org.dflib.jjava.jupyter.channels.ShellHandler;
import org.dflib.jjava.jupyter.channels.ShellReplyEnvironment;
import org.dflib.jjava.jupyter.messages.Message;
import org.dflib.jjava.jupyter.messages.reply.InterruptReply;
import org.dflib.jjava.jupyter.messages.request.InterruptRequest;

/**
 * Stops the cell that runs, also where the stop button falls between two of its statements: JJava
 * stops the statement under way alone, and while none is the press would be lost.
 */
final class StopCell implements ShellHandler<InterruptRequest> {
    private static final long PAUSE_MILLIS = 1;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final JJavaKernel kernel;
    private final StopOnError cells;

    StopCell(JJavaKernel kernel, StopOnError cells) {
        this.kernel = kernel;
        this.cells = cells;
    }

    @Override
    public void handle(ShellReplyEnvironment environment, Message<InterruptRequest> message) {
        environment.setBusyDeferIdle();
        environment.defer().reply(new InterruptReply());
        Object cell = cells.running();
        long start = System.nanoTime();
        while (cell != null
                && cell == cells.running()
                && !kernel.stopStatement()
                && System.nanoTime() - start < PATIENCE_NANOS) {
            try {
                Thread.sleep(PAUSE_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
