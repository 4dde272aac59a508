package org.directpred.network;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.directpred.network.Architecture.Stem;
import org.directpred.network.FunctionalNetwork.Part;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;

/**
 * Backbones whose values are formulas of their names, as in {@code fixtures/network/backbones.py}.
 * {@code main(FILE, resnet18, imagenet)} writes a file for {@code backbones.py check}.
 */
final class BackboneFiles {
    private BackboneFiles() {}

    public static void main(String[] arguments) {
        save(Path.of(arguments[0]), architecture(arguments[1], arguments[2]));
    }

    static Architecture architecture(String model, String stem) {
        return Architecture.resNet(
                Integer.parseInt(model.substring("resnet".length())),
                stem.equals("cifar") ? Stem.CIFAR : Stem.IMAGENET);
    }

    /** Writes a backbone as a run does. */
    static void save(Path file, Architecture encoder) {
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu());
                            OnlineAndTarget networks =
                                    new OnlineAndTarget(
                                            encoder,
                                            Architecture.head(encoder.outputs(), 8, 4, false),
                                            false,
                                            Precision.FLOAT32,
                                            1,
                                            manager)) {
                        Map<String, float[]> all = networks.onlineWeights().stateDict("");
                        values(encoder).forEach((name, v) -> all.put("encoder." + name, v));
                        networks.onlineWeights().load("", all);
                        networks.saveBackbone(file, Map.of("description", "by formulas"));
                    }
                });
    }

    /** The formulas' values by name. */
    static Map<String, float[]> values(Architecture encoder) {
        Map<String, float[]> all = new LinkedHashMap<>();
        TrainingThread.run(
                () -> {
                    try (Network network =
                                    Network.of(
                                            List.of(new Part("", encoder)),
                                            Precision.FLOAT32,
                                            Device.cpu());
                            NDManager manager = Torch.newManager(Device.cpu())) {
                        ParameterLayout layout = network.layout();
                        new FlatWeights(layout, 1, false, DataType.FLOAT32, manager)
                                .stateDict("")
                                .keySet()
                                .forEach(name -> all.put(name, null));
                        layout.weights().forEach(slot -> all.put(slot.name(), value(slot)));
                        layout.statistics().forEach(slot -> all.put(slot.name(), value(slot)));
                    }
                });
        return all;
    }

    /** Numbers in [-1, 1) by SplitMix64 from the name's CRC-32. */
    static float[] uniform(String name, int size) {
        CRC32 crc = new CRC32();
        crc.update(name.getBytes(StandardCharsets.US_ASCII));
        float[] u = new float[size];
        for (int i = 0; i < size; i++) {
            long z = crc.getValue() + (i + 1) * 0x9E3779B97F4A7C15L;
            z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
            z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
            z ^= z >>> 31;
            u[i] = (z >>> 40) / (float) (1 << 23) - 1;
        }
        return u;
    }

    static Shape images() {
        return new Shape(2, 3, 64, 64);
    }

    private static float[] value(ParameterLayout.Slot slot) {
        float[] u = uniform(slot.name(), (int) slot.size());
        for (int i = 0; i < u.length; i++) {
            if (!slot.isVector()) {
                u[i] = (float) (u[i] / Math.sqrt((double) u.length / slot.shape().get(0)));
            } else if (slot.name().endsWith("running_var")) {
                u[i] = 1 + 0.5f * Math.abs(u[i]);
            } else {
                u[i] = 0.1f * u[i] + (slot.name().endsWith("weight") ? 1 : 0);
            }
        }
        return u;
    }
}
