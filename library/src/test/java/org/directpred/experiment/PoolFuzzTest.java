package org.directpred.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Whatever stands in a results folder, in a parent's order or in a child's log: what reads it says
 * that it is damaged or gives a value, which is the same once it is written and read again.
 *
 * <p>Every build runs the inputs kept in the resources; {@code JAZZER_FUZZ=1 mvn -pl library test
 * -Dtest=PoolFuzzTest#row} looks for new ones.
 */
class PoolFuzzTest {
    @FuzzTest(maxDuration = "10m")
    void row(byte[] input) throws IOException {
        Row row;
        try {
            row = RowJson.read(input);
        } catch (Json.Damaged expected) {
            return;
        }
        assertThat(again(RowJson.write(row), RowJson::read)).isEqualTo(row);
    }

    @FuzzTest(maxDuration = "10m")
    void manifest(byte[] input) throws IOException {
        Manifest manifest;
        try {
            manifest = Manifest.read(input);
        } catch (Json.Damaged expected) {
            return;
        }
        assertThat(again(manifest.write(), Manifest::read)).isEqualTo(manifest);
        manifest.require(manifest, Path.of("folder"));
    }

    @FuzzTest(maxDuration = "10m")
    void order(byte[] input) throws IOException {
        ChildOrder order;
        try {
            order = ChildOrder.read(input);
        } catch (Json.Damaged expected) {
            return;
        }
        assertThat(again(order.write(), ChildOrder::read)).isEqualTo(order);
        assertThat(FileName.of(order.point())).matches("[a-z0-9-]{1,80}");
    }

    /** A log that grows: its first byte says where it is looked at in between. */
    @FuzzTest(maxDuration = "10m")
    void log(byte[] input) throws IOException {
        Path file = Files.createTempFile("fuzz", ".log");
        try {
            List<String> whole = new ArrayList<>();
            ChildLog once = new ChildLog(file, whole::add);
            Files.write(file, input);
            once.readToTheEnd();

            List<String> parts = new ArrayList<>();
            ChildLog twice = new ChildLog(file, parts::add);
            Files.write(
                    file,
                    Arrays.copyOf(input, input.length == 0 ? 0 : (input[0] & 255) % input.length));
            twice.read();
            Files.write(file, input);
            twice.readToTheEnd();

            assertThat(parts).isEqualTo(whole).allMatch(text -> !text.contains("\n"));
            assertThat(twice.end()).isEqualTo(once.end());
            assertThat(twice.failure()).isEqualTo(once.failure());
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void whatIsKeptIsReadAndNotOnlyRefused() throws Exception {
        assertThat(RowJson.read(kept("row/row")).point()).isEqualTo(new Point("x", 1));
        assertThat(Manifest.read(kept("manifest/manifest")).variants()).containsOnlyKeys("x");
        assertThat(ChildOrder.read(kept("order/order")).point()).isEqualTo(new Point("x", 1));
        Path log = Path.of(PoolFuzzTest.class.getResource("PoolFuzzTestInputs/log/log").toURI());
        List<String> messages = new ArrayList<>();
        ChildLog read = new ChildLog(log, messages::add);
        read.readToTheEnd();
        assertThat(messages).containsExactly("ALARM");
        assertThat(read.failure()).contains("java.lang.Error: x");
    }

    private static byte[] kept(String name) throws IOException {
        try (var in = PoolFuzzTest.class.getResourceAsStream("PoolFuzzTestInputs/" + name)) {
            return in.readAllBytes();
        }
    }

    private interface Reader<T> {
        T read(byte[] bytes) throws Json.Damaged;
    }

    private static <T> T again(String written, Reader<T> reader) {
        try {
            return reader.read(written.getBytes(StandardCharsets.UTF_8));
        } catch (Json.Damaged e) {
            throw new AssertionError("what was written is damaged: " + written, e);
        }
    }
}
