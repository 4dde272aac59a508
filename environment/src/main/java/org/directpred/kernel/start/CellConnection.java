package org.directpred.kernel.start;

import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import org.dflib.jjava.jupyter.channels.JupyterConnection;
import org.dflib.jjava.jupyter.channels.JupyterSocket;
import org.dflib.jjava.jupyter.channels.ShellChannel;
import org.dflib.jjava.jupyter.channels.ShellReplyEnvironment;
import org.dflib.jjava.jupyter.channels.StdinChannel;
import org.dflib.jjava.jupyter.kernel.KernelConnectionProperties;
import org.dflib.jjava.jupyter.messages.ContentType;
import org.dflib.jjava.jupyter.messages.Message;
import org.dflib.jjava.jupyter.messages.MessageContext;
import org.dflib.jjava.jupyter.messages.MessageType;
import org.dflib.jjava.jupyter.messages.publish.PublishError;
import org.dflib.jjava.jupyter.messages.publish.PublishExecuteInput;
import org.dflib.jjava.jupyter.messages.reply.ErrorReply;
import org.dflib.jjava.jupyter.messages.request.ExecuteRequest;

/** A connection to Jupyter that knows of each request whether it failed. */
final class CellConnection extends JupyterConnection {
    private Advice advice;

    CellConnection(KernelConnectionProperties properties)
            throws NoSuchAlgorithmException, InvalidKeyException {
        super(properties);
    }

    /** From now on errors are told as this says. */
    void adviseFrom(Advice source) {
        advice = source;
    }

    @Override
    public ShellReplyEnvironment prepareReplyEnv(ShellChannel shell, MessageContext context) {
        return new Answer(shell, stdin, iopub, context, advice);
    }

    /** The same for a request that was read from the channel outside its loop. */
    Answer answerTo(Message<?> request) {
        return new Answer(shell, stdin, iopub, request, advice);
    }

    /** The channel that requests come from. */
    JupyterSocket requests() {
        return shell;
    }

    /** What is said to one request. */
    static final class Answer extends ShellReplyEnvironment {
        private final Advice advice;
        private PublishError error;
        private int count;

        Answer(
                ShellChannel shell,
                StdinChannel stdin,
                JupyterSocket iopub,
                MessageContext context,
                Advice advice) {
            super(shell, stdin, iopub, context);
            this.advice = advice;
        }

        /** Whether the cell ended with an error. */
        boolean failed() {
            return error != null;
        }

        @Override
        public <T extends ContentType<T>> void publish(T content) {
            if (content instanceof PublishExecuteInput input) {
                count = input.getCount();
            }
            if (content instanceof PublishError plain) {
                error = advice == null ? plain : advice.of(plain, code());
                super.publish(error);
            } else {
                super.publish(content);
            }
        }

        @Override
        public void replyError(MessageType<?> type, ErrorReply reply) {
            if (error == null) {
                super.replyError(type, reply);
                return;
            }
            var told =
                    new ErrorReply(
                            error.getErrorName(), error.getErrorMessage(), error.getStacktrace());
            told.setExecutionCount(count);
            super.replyError(type, told);
        }

        private String code() {
            return getContext() instanceof Message<?> message
                            && message.getContent() instanceof ExecuteRequest request
                    ? request.getCode()
                    : "";
        }
    }
}
