package org.directpred.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The probes against PyTorch and scikit-learn on equal features; {@code
 * src/test/python/evaluate/probe_fixture.py} wrote what those find.
 */
class ReferenceProbesTest {
    private static Features train;
    private static Features test;
    private static JsonNode reference;

    @BeforeAll
    static void read() throws Exception {
        train = Features.load(file("probe-train.safetensors"));
        test = Features.load(file("probe-test.safetensors"));
        try (InputStream in = ReferenceProbesTest.class.getResourceAsStream("probe.json")) {
            reference = new ObjectMapper().readTree(in);
        }
    }

    private static Path file(String name) throws Exception {
        return Path.of(URI.create(ReferenceProbesTest.class.getResource(name).toString()));
    }

    private static int[] predictions(String name) {
        JsonNode array = reference.get(name);
        int[] predicted = new int[array.size()];
        for (int i = 0; i < predicted.length; i++) {
            predicted[i] = array.get(i).asInt();
        }
        return predicted;
    }

    /** At most a fraction of the test examples is counted elsewhere. */
    private static void assertAgrees(ConfusionMatrix found, String name, long most) {
        ConfusionMatrix expected =
                new ConfusionMatrix(test.classes(), test.labels(), predictions(name));
        long elsewhere = 0;
        for (int t = 0; t < expected.classes().size(); t++) {
            for (int p = 0; p < expected.classes().size(); p++) {
                elsewhere += Math.abs(expected.count(t, p) - found.count(t, p));
            }
        }
        assertThat(elsewhere / 2).isLessThanOrEqualTo(most);
    }

    @Test
    void featuresWrittenByPythonAreRead() {
        assertThat(train.size()).isEqualTo(1500);
        assertThat(train.dimension()).isEqualTo(24);
        assertThat(train.classes()).hasSize(10).startsWith("cloud 0", "cloud 1");
        assertThat(train.provenance()).isEqualTo("ten Gaussian clouds");
    }

    @Test
    void theOfficialProbeTakesTorchsStepsEpochByEpoch() {
        Evaluation evaluation = LinearProbe.official().on(train, test);
        JsonNode accuracies = reference.get("official accuracies");
        assertThat(evaluation.accuracies()).hasSize(50);
        for (int epoch = 0; epoch < 50; epoch++) {
            assertThat(evaluation.accuracies().get(epoch))
                    .as("epoch " + epoch)
                    .isCloseTo(accuracies.get(epoch).asDouble(), within(0.002));
        }
        assertAgrees(evaluation.confusion(), "official predictions", 2);
    }

    @Test
    void featuresThatDoNotFitInTheEngineGiveTheSameSteps() {
        AdamProbe probe = LinearProbe.official().withEpochs(3);
        assertThat(probe.on(train, test, 1 << 14).accuracies())
                .isEqualTo(probe.on(train, test).accuracies());
    }

    @Test
    void theQuickProbeFindsScikitLearnsOptimum() {
        assertAgrees(LinearProbe.quick().on(train, test).confusion(), "logistic predictions", 2);
        assertThat(LinearProbe.quick().on(train, test, 1 << 14).accuracy())
                .isEqualTo(LinearProbe.quick().on(train, test).accuracy());
    }

    @Test
    void nearestNeighboursVoteAsInTorch() {
        assertAgrees(
                NearestNeighbours.weighted().on(train, test).confusion(),
                "neighbour predictions",
                2);
    }
}
