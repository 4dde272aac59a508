package org.directpred.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.directpred.evaluate.Features;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.progress.ConsoleSink;
import org.directpred.progress.Progress;
import org.directpred.progress.Sink;
import org.directpred.tensor.SafeTensors;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of backbones against torchvision's models ({@code fixtures/network/backbones.py}). */
class StoredBackboneTest {
    @TempDir Path folder;

    static Stream<JsonNode> models() throws IOException {
        try (InputStream in = StoredBackboneTest.class.getResourceAsStream("backbones.json")) {
            return StreamSupport.stream(
                    new ObjectMapper().readTree(in).get("records").spliterator(), false);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void anExportedFileIsTorchvisionsStateDict(JsonNode model) throws IOException {
        Path file = folder.resolve("backbone.safetensors");
        BackboneFiles.save(file, architecture(model));
        Map<String, String> actual = new HashMap<>();
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            SafeTensors.read(file, manager)
                    .tensors()
                    .forEach((name, t) -> actual.put(name, t.getDataType() + " " + t.getShape()));
        }
        Map<String, String> expected = new HashMap<>();
        for (var tensor : model.get("tensors").properties()) {
            long[] shape = new ObjectMapper().convertValue(tensor.getValue().get(1), long[].class);
            expected.put(
                    tensor.getKey(), tensor.getValue().get(0).asText() + " " + new Shape(shape));
        }
        assertThat(actual).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("models")
    void anImportedFileHasTorchvisionsFeatures(JsonNode model) throws IOException {
        Path file = folder.resolve("torchvision.safetensors");
        write(file, BackboneFiles.values(architecture(model)), model.get("tensors"), true);
        try (StoredBackbone backbone =
                StoredBackbone.load(file, architecture(model), Device.cpu())) {
            float[] y =
                    TrainingThread.call(
                            () -> {
                                try (NDManager scope = Torch.newManager(Device.cpu())) {
                                    Shape s = BackboneFiles.images();
                                    NDArray x =
                                            scope.create(
                                                    BackboneFiles.uniform("images", (int) s.size()),
                                                    s);
                                    return backbone.features(x).toFloatArray();
                                }
                            });
            int d = backbone.dimension();
            double norm = 0;
            for (float v : y) {
                norm += (double) v * v;
            }
            double theirs = model.get("norm").asDouble();
            assertThat(Math.sqrt(norm) / theirs).isBetween(1 - 1e-5, 1 + 1e-5);
            double scale = theirs / Math.sqrt(y.length);
            for (int image = 0; image < 2; image++) {
                for (int i = 0; i < 8; i++) {
                    double expected = model.get("features").get(image).get(i).asDouble();
                    assertThat(Math.abs(y[image * d + i] - expected) / scale).isLessThan(1e-4);
                }
            }
            assertThat(backbone.description()).contains("torchvision.safetensors");
        }
    }

    @Test
    void aBackboneGoesRoundThroughItsFile() {
        Path file = folder.resolve("small.safetensors");
        Architecture encoder = Architecture.small(1, 4);
        BackboneFiles.save(file, encoder);
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu());
                            OnlineAndTarget networks =
                                    new OnlineAndTarget(
                                            encoder,
                                            Architecture.head(16, 8, 4, false),
                                            false,
                                            Precision.FLOAT32,
                                            3,
                                            manager)) {
                        float[] projector = networks.onlineWeights().get("projector.0.weight");
                        networks.loadBackbone(file);
                        BackboneFiles.values(encoder)
                                .forEach(
                                        (name, values) -> {
                                            assertThat(
                                                            networks.onlineWeights()
                                                                    .get("encoder." + name))
                                                    .isEqualTo(values);
                                            assertThat(
                                                            networks.targetWeights()
                                                                    .get("encoder." + name))
                                                    .isEqualTo(values);
                                        });
                        assertThat(networks.onlineWeights().get("projector.0.weight"))
                                .isEqualTo(projector);
                    }
                });
    }

    @Test
    void whatDoesNotFitIsNamed() throws IOException {
        Architecture encoder = Architecture.small(1, 4);
        Path file = folder.resolve("odd.safetensors");
        Map<String, float[]> values = BackboneFiles.values(encoder);
        values.put("more", new float[1]);
        values.remove("3.weight");
        write(file, values, null, false);
        assertThatThrownBy(() -> StoredBackbone.load(file, encoder, Device.cpu()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("odd.safetensors")
                .hasMessageContaining("0.weight is of shape (100)")
                .hasMessageContaining("(4, 1, 5, 5)");
        BackboneFiles.save(file, Architecture.small(1, 8));
        assertThatThrownBy(() -> StoredBackbone.load(file, encoder, Device.cpu()))
                .hasMessageContaining("(8, 1, 5, 5)");
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            new SafeTensors(Map.of(), Map.of("0.weight", manager.zeros(new Shape(4, 1, 5, 5))))
                    .write(file);
        }
        assertThatThrownBy(() -> StoredBackbone.load(file, encoder, Device.cpu()))
                .hasMessageContaining("lacks [1.bias, 1.running_mean");
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            BackboneFiles.save(file, encoder);
            tensors.putAll(SafeTensors.read(file, manager).tensors());
            tensors.put("layer9.weight", manager.zeros(new Shape(2)));
            new SafeTensors(Map.of(), tensors).write(file);
        }
        assertThatThrownBy(() -> StoredBackbone.load(file, encoder, Device.cpu()))
                .hasMessageContaining("has no [layer9.weight]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"backbone.", "module.encoder.", "encoder_q.", "module.", "model.", "a.b.c."})
    void aPrefixOfAllNamesIsFoundAndSaid(String prefix) throws IOException {
        Architecture encoder = Architecture.small(1, 4);
        Path file = folder.resolve("prefixed.safetensors");
        rewrite(
                file,
                (tensors, manager) -> {
                    Map<String, NDArray> prefixed = new LinkedHashMap<>();
                    tensors.forEach((name, array) -> prefixed.put(prefix + name, array));
                    prefixed.put(prefix + "fc.0.weight", manager.ones(new Shape(3, 3)));
                    prefixed.put("projector.0.weight", manager.ones(new Shape(3, 3)));
                    prefixed.put("queue", manager.ones(new Shape(3)));
                    return prefixed;
                });
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        Sink before =
                Progress.use(new ConsoleSink(new PrintStream(said, true, StandardCharsets.UTF_8)));
        try {
            assertThat(features(file, encoder)).isEqualTo(features(plain(), encoder));
        } finally {
            Progress.use(before);
        }
        assertThat(said.toString(StandardCharsets.UTF_8))
                .containsOnlyOnce("below \"" + prefix + "\"");
    }

    @Test
    void twoNetworksInOneFileAreRefused() throws IOException {
        Path file = folder.resolve("two.safetensors");
        rewrite(
                file,
                (tensors, manager) -> {
                    Map<String, NDArray> both = new LinkedHashMap<>();
                    tensors.forEach(
                            (name, array) -> {
                                both.put("module.one." + name, array);
                                both.put("module.other." + name, array.duplicate());
                            });
                    return both;
                });
        assertThatThrownBy(() -> StoredBackbone.load(file, Architecture.small(1, 4), Device.cpu()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("two.safetensors")
                .hasMessageContaining("[module.one., module.other.]")
                .hasMessageContaining("keep the one that is meant");
    }

    @Test
    void ofMoCosEncodersTheQueryEncoderIsTaken() throws IOException {
        Path file = folder.resolve("moco.safetensors");
        Architecture encoder = Architecture.small(1, 4);
        rewrite(
                file,
                (tensors, manager) -> {
                    Map<String, NDArray> both = new LinkedHashMap<>();
                    tensors.forEach(
                            (name, array) -> {
                                both.put("module.encoder_k." + name, array.zerosLike());
                                both.put("module.encoder_q." + name, array);
                            });
                    both.put("module.queue", manager.ones(new Shape(3, 2)));
                    return both;
                });
        assertThat(features(file, encoder)).isEqualTo(features(plain(), encoder));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT16", "FLOAT64"})
    void weightsOfOtherPrecisionsAreRead(DataType type) throws IOException {
        Architecture encoder = Architecture.small(1, 4);
        Path file = folder.resolve("typed.safetensors");
        rewrite(
                file,
                (tensors, manager) -> {
                    tensors.replaceAll(
                            (name, array) ->
                                    array.getDataType() == DataType.FLOAT32
                                            ? array.toType(type, true)
                                            : array);
                    return tensors;
                });
        float[] expected = features(plain(), encoder);
        float[] actual = features(file, encoder);
        double norm = 0;
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
            norm += expected[i] * expected[i];
            difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
        }
        double bound = type == DataType.FLOAT64 ? 0 : 2e-3;
        assertThat(Math.sqrt(difference / norm)).isLessThanOrEqualTo(bound);
    }

    @Test
    void weightsThatAreNoNumbersAreRefused() throws IOException {
        Path file = folder.resolve("typed.safetensors");
        rewrite(
                file,
                (tensors, manager) -> {
                    tensors.computeIfPresent(
                            "0.weight", (name, array) -> array.toType(DataType.INT32, true));
                    return tensors;
                });
        assertThatThrownBy(() -> StoredBackbone.load(file, Architecture.small(1, 4), Device.cpu()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0.weight is of type int32");
        rewrite(
                file,
                (tensors, manager) -> {
                    tensors.computeIfPresent("1.bias", (name, array) -> array.mul(Float.NaN));
                    return tensors;
                });
        assertThatThrownBy(() -> StoredBackbone.load(file, Architecture.small(1, 4), Device.cpu()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("of 1.bias is NaN");
    }

    @Test
    void otherFilesOfThisLibraryAreNamedWithTheWayOut() throws IOException {
        Path checkpoint = folder.resolve("step-000000005.safetensors");
        new SafeTensors(Map.of("format", "directpred checkpoint"), Map.of()).write(checkpoint);
        assertThatThrownBy(
                        () ->
                                StoredBackbone.load(
                                        checkpoint, Architecture.small(1, 4), Device.cpu()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("step-000000005.safetensors")
                .hasMessageContaining("saveBackbone");
        Path features = folder.resolve("features.safetensors");
        Features.of(new float[4], new int[2], List.of("a"), "zeros").save(features);
        assertThatThrownBy(
                        () -> StoredBackbone.load(features, Architecture.small(1, 4), Device.cpu()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Features.load");
    }

    @Test
    void aClosedBackboneSaysSo() throws IOException {
        StoredBackbone backbone =
                StoredBackbone.load(plain(), Architecture.small(1, 4), Device.cpu());
        backbone.close();
        assertThatThrownBy(() -> features(backbone))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("plain.safetensors")
                .hasMessageContaining("is closed");
    }

    private interface Change {
        Map<String, NDArray> of(Map<String, NDArray> tensors, NDManager manager);
    }

    private Path plain() {
        Path file = folder.resolve("plain.safetensors");
        BackboneFiles.save(file, Architecture.small(1, 4));
        return file;
    }

    private void rewrite(Path file, Change change) throws IOException {
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            SafeTensors stored = SafeTensors.read(plain(), manager);
            new SafeTensors(Map.of(), change.of(stored.tensors(), manager)).write(file);
        }
    }

    private static float[] features(Path file, Architecture encoder) {
        try (StoredBackbone backbone = StoredBackbone.load(file, encoder, Device.cpu())) {
            return features(backbone);
        }
    }

    private static float[] features(Backbone backbone) {
        return TrainingThread.call(
                () -> {
                    try (NDManager scope = Torch.newManager(Device.cpu())) {
                        Shape shape = new Shape(2, 1, 28, 28);
                        float[] pixels = BackboneFiles.uniform("images", (int) shape.size());
                        return backbone.features(scope.create(pixels, shape)).toFloatArray();
                    }
                });
    }

    private static Architecture architecture(JsonNode model) {
        return BackboneFiles.architecture(model.get("model").asText(), model.get("stem").asText());
    }

    /** A file as Python writes it, with a last layer if it is a whole model. */
    private static void write(
            Path file, Map<String, float[]> values, JsonNode shapes, boolean whole)
            throws IOException {
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            values.forEach(
                    (name, v) ->
                            tensors.put(
                                    name,
                                    manager.create(
                                            v,
                                            shapes == null
                                                    ? new Shape(v.length)
                                                    : new Shape(
                                                            new ObjectMapper()
                                                                    .convertValue(
                                                                            shapes.get(name).get(1),
                                                                            long[].class)))));
            if (whole) {
                tensors.put("fc.weight", manager.ones(new Shape(10, 512)));
                tensors.put("fc.bias", manager.ones(new Shape(10)));
                tensors.put("bn1.num_batches_tracked", manager.zeros(new Shape(), DataType.INT64));
            }
            new SafeTensors(Map.of("format", "pt"), tensors).write(file);
        }
    }
}
