package org.directpred.experiment;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.directpred.progress.Progress;

/**
 * An ablation whose variants do to their process what their names say, and one that does its work.
 */
public final class MisbehavingSource implements AblationSource {
    static final String GOOD = "good";

    /** Made by name. */
    public MisbehavingSource() {}

    @Override
    public Ablation ablation(List<String> words) {
        return of(words.toArray(String[]::new));
    }

    static Ablation of(String... names) {
        Ablation ablation = Ablation.named("misbehaving");
        for (String name : names) {
            ablation =
                    ablation.withVariant(
                            new Variant(name, Map.of("name", name), seed -> run(name)));
        }
        return ablation.withVariant(
                new Variant(GOOD, Map.of(), seed -> Measurements.of(Map.of("value", 1.0))));
    }

    private static Measurements run(String name) {
        switch (name) {
            case "prints bytes" ->
                    print(new byte[] {(byte) 0xff, (byte) 0xc3, '\n', 0, (byte) 0x80});
            case "prints bytes and crashes" -> {
                print(new byte[] {(byte) 0xff, '\n', (byte) 0xe4, 'n', 'd', '\n'});
                Runtime.getRuntime().halt(9);
            }
            case "prints megabytes" -> {
                byte[] line = new byte[1 << 20];
                Arrays.fill(line, (byte) 'x');
                for (int i = 0; i < 20; i++) {
                    print(line);
                }
            }
            case "closes its output" -> System.out.close();
            case "exits" -> System.exit(0);
            case "throws" ->
                    throw new IllegalStateException(
                            "the disk went to sleep", new IOException("spun\ndown"));
            case "throws an error" -> throw new NoClassDefFoundError("a/b/C");
            case "exhausts its heap" -> System.out.println(new long[Integer.MAX_VALUE - 8].length);
            case "kills itself" -> signal("KILL");
            case "never ends" -> {
                // Nor does what it has started.
                start("sleep", "600");
                sleep();
            }
            case "reports" -> Progress.message("ALARM at step 3:\nlow");
            case "leaves a thread" -> new Thread(MisbehavingSource::sleep).start();
            default -> {
                // A name to be written down, and nothing else.
            }
        }
        return Measurements.of(Map.of("value", 2.0));
    }

    private static void print(byte[] bytes) {
        try {
            // Not closed, for then the descriptor would be.
            new FileOutputStream(FileDescriptor.out).write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void signal(String name) {
        start("kill", "-" + name, Long.toString(ProcessHandle.current().pid()));
        sleep();
    }

    private static void start(String... command) {
        try {
            new ProcessBuilder(command).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void sleep() {
        try {
            Thread.sleep(600_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
