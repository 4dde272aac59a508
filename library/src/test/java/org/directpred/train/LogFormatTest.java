package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.directpred.evaluate.Diagnostics;
import org.directpred.evaluate.Snapshot;
import org.junit.jupiter.api.Test;

/** A row is one line of JSON that any program reads, and comes back bit for bit. */
class LogFormatTest {
    @Test
    void everyDoubleComesBackAsItWas() throws UnreadableLine {
        Random random = new Random(5);
        List<Double> values =
                new ArrayList<>(
                        List.of(
                                -0.0,
                                0.1,
                                Double.parseDouble("1e23"),
                                Double.MIN_VALUE,
                                Double.MIN_NORMAL,
                                Double.MAX_VALUE,
                                Double.parseDouble("2.2250738585072011e-308"),
                                Double.NaN,
                                Double.POSITIVE_INFINITY,
                                Double.NEGATIVE_INFINITY));
        random.longs(20_000).mapToObj(Double::longBitsToDouble).forEach(values::add);
        for (int i = 0; i < values.size(); i++) {
            Step step = new Step(i, i, values.get(i), -values.get(i), 1 / values.get(i));
            Step back = LogFormat.STEPS.row(LogFormat.STEPS.line(step));
            // A record's equality is that of the bits, with one NaN.
            assertThat(back).isEqualTo(step);
        }
        Snapshot snapshot =
                new Snapshot(
                        1L << 60,
                        .1,
                        new Diagnostics(values, values, List.of(), List.of(), 1, 2, 3, 4, 5),
                        6,
                        Double.NaN);
        assertThat(LogFormat.SNAPSHOTS.row(LogFormat.SNAPSHOTS.line(snapshot))).isEqualTo(snapshot);
        Alarm alarm = new Alarm("\"\n\u00e9", 3, Map.of("rank, \"", Double.NaN), "wait");
        String line = LogFormat.ALARMS.line(alarm);
        assertThat(line).doesNotContain("\n");
        assertThat(LogFormat.ALARMS.row(line)).isEqualTo(alarm);
    }

    @Test
    void aLineIsStrictJsonInWhichNaNIsNull() throws Exception {
        Step step = new Step(7, 1, -1.25, .03, Double.NaN);
        assertThat(LogFormat.STEPS.line(step))
                .isEqualTo(
                        "{\"step\":7,\"epoch\":1,\"loss\":-1.25,\"learningRate\":0.03,\"onlineAccuracy\":null}");
        // Another reader, which takes no NaN.
        assertThat(new ObjectMapper().readTree(LogFormat.STEPS.line(step)).get("step").asInt())
                .isEqualTo(7);
        assertThat(LogFormat.STEPS.header())
                .isEqualTo("{\"format\":\"steps of a run\",\"version\":2}");
    }

    @Test
    void whatIsNoRowIsRefusedByItsField() {
        refused("{\"step\":7}", "it has no field epoch");
        refused(
                line("1.5", "0", "1"),
                "its step is \"1.5\", and a whole number from 0 was expected");
        refused(line("1", "4294967296", "1"), "its epoch is 4294967296, which is too large");
        refused(
                line("1", "0", "\"1\""),
                "its loss is \"\"1\"\", and a number or null was expected");
        refused(line("1", "0", "1e999"), "its loss");
        refused(line("1", "0", "1,\"loss\":1"), "loss");
        refused(line("1", "0", "1,\"more\":1"), "it has a field more, which is unknown");
        refused(line("1", "0", "NaN"), "NaN");
        refused("[]", "it is no JSON object");
        refused("", "it is no JSON object");
        refused(line("1", "0", "1") + "{}", "");
    }

    private static String line(String step, String epoch, String loss) {
        return "{\"step\":%s,\"epoch\":%s,\"loss\":%s,\"learningRate\":1,\"onlineAccuracy\":1}"
                .formatted(step, epoch, loss);
    }

    private static void refused(String line, String why) {
        assertThatThrownBy(() -> LogFormat.STEPS.row(line))
                .as(line)
                .isInstanceOf(UnreadableLine.class)
                .hasMessageContaining(why);
    }
}
