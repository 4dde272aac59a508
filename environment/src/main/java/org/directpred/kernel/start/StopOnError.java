package org.directpred.kernel.start;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.dflib.jjava.jupyter.channels.JupyterSocket;
import org.dflib.jjava.jupyter.channels.ShellHandler;
import org.dflib.jjava.jupyter.channels.ShellReplyEnvironment;
import org.dflib.jjava.jupyter.messages.Message;
import org.dflib.jjava.jupyter.messages.MessageType;
import org.dflib.jjava.jupyter.messages.publish.PublishError;
import org.dflib.jjava.jupyter.messages.reply.ErrorReply;
import org.dflib.jjava.jupyter.messages.reply.ExecuteReply;
import org.dflib.jjava.jupyter.messages.request.ExecuteRequest;
import org.directpred.kernel.start.CellConnection.Answer;
import org.zeromq.ZMQ;

/**
 * Runs a cell, and where it fails aborts the cells that are queued behind it, as Jupyter's protocol
 * has it.
 *
 * <p>Queued is what has come before the failed cell is answered, and within a moment of quiet
 * before that, for Run All sends its cells one by one. What comes after the answer runs. A request
 * with {@code stop_on_error} false, or a silent one, aborts none; requests of other kinds are
 * answered in their turn.
 */
final class StopOnError implements ShellHandler<ExecuteRequest> {
    private static final Logger LOG = Logger.getLogger(StopOnError.class.getName());
    private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final CellConnection connection;
    private final ShellHandler<ExecuteRequest> kernel;
    private volatile Object running;

    StopOnError(CellConnection connection, ShellHandler<ExecuteRequest> kernel) {
        this.connection = connection;
        this.kernel = kernel;
    }

    @Override
    public void handle(ShellReplyEnvironment environment, Message<ExecuteRequest> message) {
        Answer answer = (Answer) environment;
        running = message;
        try {
            kernel.handle(environment, message);
        } catch (Error e) {
            // JJava lets an error of the compiler or of the machine end the thread that reads the
            // cells.
            tell(answer, e);
        } finally {
            running = null;
        }
        ExecuteRequest request = message.getContent();
        if (!answer.failed() || !request.shouldStopOnError() || request.isSilent()) {
            return;
        }
        List<Message<?>> queued = queued(connection.requests());
        answer.resolveDeferrals();
        for (Message<?> next : queued) {
            if (next.getHeader().getType().equals(MessageType.EXECUTE_REQUEST)) {
                abort(next);
            } else if (handle(next).isMarkedForShutdown()) {
                environment.markForShutdown();
            }
        }
    }

    /** What stands for the cell that runs; null while none does. */
    Object running() {
        return running;
    }

    private static void tell(Answer answer, Error error) {
        Exception told = new IllegalStateException(error.toString(), error);
        answer.publish(PublishError.of(told, e -> List.of(error.toString())));
        answer.replyError(ExecuteReply.MESSAGE_TYPE.error(), ErrorReply.of(told));
    }

    /** Reads what has come, until nothing more comes for a moment. */
    private static List<Message<?>> queued(JupyterSocket requests) {
        var queued = new ArrayList<Message<?>>();
        long start = System.nanoTime();
        long last = start;
        while (System.nanoTime() - last < QUIET_NANOS && last - start < LONGEST_NANOS) {
            if ((requests.getEvents() & ZMQ.Poller.POLLIN) != 0) {
                try {
                    queued.add(requests.readMessage());
                } catch (RuntimeException e) {
                    LOG.log(Level.WARNING, "a request could not be read", e);
                }
                last = System.nanoTime();
            } else {
                try {
                    Thread.sleep(1);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return queued;
                }
            }
        }
        return queued;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // JJava's replies know no third status
    private void abort(Message<?> request) {
        Answer answer = connection.answerTo(request);
        answer.setStatusBusy();
        answer.reply(new Message(request, MessageType.EXECUTE_REPLY, new Aborted()));
        answer.setStatusIdle();
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // a handler is kept under its message's type
    private Answer handle(Message<?> request) {
        Answer answer = connection.answerTo(request);
        ShellHandler handler = connection.getHandler(request.getHeader().getType());
        if (handler != null) {
            try {
                handler.handle(answer, request);
            } catch (RuntimeException e) {
                LOG.log(Level.WARNING, "cannot answer " + request.getHeader().getType(), e);
            } finally {
                answer.resolveDeferrals();
            }
        }
        return answer;
    }

    /** The content of the answer to a cell that was not run. */
    private static final class Aborted {
        @SuppressWarnings("unused") // written as JSON
        private final String status = "aborted";
    }
}
