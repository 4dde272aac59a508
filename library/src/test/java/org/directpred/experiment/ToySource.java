package org.directpred.experiment;

import java.util.List;
import java.util.Map;
import org.directpred.image.FashionMnist;
import org.directpred.network.Architecture;

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

    /** Arms of arithmetic: one that works, one that diverges at seed 2. */
    static Ablation numbers() {
        return Ablation.named("numbers")
                .withArm(
                        new Arm(
                                "square",
                                Map.of("power", "2"),
                                seed -> Outcome.of(Map.of("value", (double) seed * seed))))
                .withArm(
                        new Arm(
                                "diverging",
                                Map.of("power", "3"),
                                seed -> {
                                    Outcome soFar =
                                            new Outcome(
                                                    Map.of("value", Double.POSITIVE_INFINITY),
                                                    Map.of(
                                                            "loss",
                                                            new Outcome.Curve(
                                                                    List.of(0.0, 1.0),
                                                                    List.of(1.0, Double.NaN))));
                                    if (seed == 2) {
                                        throw new PointFailed("the loss is NaN", soFar, null);
                                    }
                                    return Outcome.of(
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
                                        .withDiagnoseEvery(4)
                                        .withSteps(9));
    }

    /** Two arms of real training, a few steps each. */
    static Ablation training() {
        Setting setting = setting();
        return Ablation.named("toy training")
                .withArm(setting.arm("SGD", r -> r))
                .withArm(setting.arm("DirectPred", r -> r.withDirectPred()))
                .withSeeds(1, 2);
    }
}
