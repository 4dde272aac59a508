package org.directpred.kernel.start;

import java.nio.file.Files;
import java.nio.file.Path;
import org.dflib.jjava.jupyter.kernel.BaseKernel;
import org.dflib.jjava.jupyter.kernel.KernelConnectionProperties;
import org.dflib.jjava.jupyter.messages.MessageType;

/**
 * The program that Jupyter starts as the kernel.
 *
 * <p>It does what JJava's main program does, with the same magics and the same {@code JJAVA_}
 * variables, but stands between Jupyter and JJava's kernel, which runs the cells that are queued
 * behind one that failed and answers some mistakes with its own stack trace.
 */
public final class StartKernel {
    private StartKernel() {}

    /**
     * The program.
     *
     * @param arguments the connection file that Jupyter has written
     * @throws Exception if there is no such file, or JJava cannot start
     */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 1 || !Files.isRegularFile(Path.of(arguments[0]))) {
            System.err.println(
                    "The kernel is started by Jupyter, with the path of a connection file; got "
                            + String.join(" ", arguments));
            System.exit(2);
        }
        var connection =
                new CellConnection(
                        KernelConnectionProperties.parse(Files.readString(Path.of(arguments[0]))));
        JJavaKernel java = JJavaKernel.build();
        BaseKernel kernel = java.kernel();
        kernel.onStartup();
        java.addExtraClassPath();
        java.runStartupSnippets();
        kernel.becomeHandlerForConnection(connection);
        connection.adviseFrom(new Advice(java.shell()));
        var cells = new StopOnError(connection, connection.getHandler(MessageType.EXECUTE_REQUEST));
        connection.setHandler(MessageType.EXECUTE_REQUEST, cells);
        connection.setHandler(MessageType.INTERRUPT_REQUEST, new StopCell(java, cells));
        connection.connect();
        connection.waitUntilClose();
    }
}
