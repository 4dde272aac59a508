package org.directpred.experiment;

import java.util.List;
import java.util.Map;

/** An ablation with an arm that ends its JVM. */
public final class CrashingSource implements AblationSource {
    /** Made by name. */
    public CrashingSource() {}

    @Override
    public Ablation ablation(List<String> words) {
        return crashing();
    }

    static Ablation crashing() {
        return Ablation.named("crash")
                .withArm(
                        new Arm(
                                "crashing",
                                Map.of(),
                                seed -> {
                                    System.out.println("about to halt");
                                    Runtime.getRuntime().halt(77);
                                    return Outcome.of(Map.of());
                                }))
                .withArm(ToySource.numbers().arm("square"))
                .withSeeds(1);
    }
}
