package org.directpred.experiment;

import java.util.List;
import java.util.Map;
import org.directpred.image.FashionMnist;
import org.directpred.network.Architecture;
import org.directpred.paper.Setting;

/** Small ablations that a child process can make too. */
public final class ToySource implements AblationSource {
    /** Made by name. */
    public ToySource() {}

    @Override
    public Ablation ablation(List<String> words) {
        return switch (words.get(0)) {
            case "numbers" -> numbers();
            case "training" -> training();
            default -> throw new IllegalArgumentException("no toy " + words);
        };
    }

    /** Variants of arithmetic: one that works, one that diverges at seed 2. */
    static Ablation numbers() {
        return Ablation.named("numbers")
                .withVariant(
                        new Variant(
                                "square",
                                Map.of("power", "2"),
                                seed -> Measurements.of(Map.of("value", (double) seed * seed))))
                .withVariant(
                        new Variant(
                                "diverging",
                                Map.of("power", "3"),
                                seed -> {
                                    Measurements soFar =
                                            new Measurements(
                                                    Map.of("value", Double.POSITIVE_INFINITY),
                                                    Map.of(
                                                            "loss",
                                                            new Measurements.Series(
                                                                    List.of(0.0, 1.0),
                                                                    List.of(1.0, Double.NaN))));
                                    if (seed == 2) {
                                        throw new PointFailed("the loss is NaN", soFar, null);
                                    }
                                    return Measurements.of(
                                            Map.of("value", (double) seed, "other", Double.NaN));
                                }))
                .withSeeds(1, 2);
    }

    /** A few steps of real training. */
    static Setting setting() {
        return new Setting(
                        "toy",
                        Setting.fashionMnist().recipe(),
                        () -> FashionMnist.embeddedTrain().first(640),
                        () -> FashionMnist.embeddedTrain().first(300),
                        () -> FashionMnist.embeddedTest().first(200),
                        Setting.fashionMnist().probe())
                .withRecipe(
                        r ->
                                r.withEncoder(Architecture.small(1, 2))
                                        .withProjector(16, 8)
                                        .withBatchSize(32)
                                        .withDiagnosticsEvery(4)
                                        .withSteps(9));
    }

    /** Two variants of real training, a few steps each. */
    static Ablation training() {
        Setting setting = setting();
        return Ablation.named("toy training")
                .withVariant(setting.variant("SGD", r -> r))
                .withVariant(setting.variant("DirectPred", r -> r.withDirectPred()))
                .withSeeds(1, 2);
    }
}
