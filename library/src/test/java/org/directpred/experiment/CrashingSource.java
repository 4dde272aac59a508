package org.directpred.experiment;

import java.util.List;
import java.util.Map;

/** An ablation with a variant that ends its JVM. */
public final class CrashingSource implements AblationSource {
    /** Made by name. */
    public CrashingSource() {}

    @Override
    public Ablation ablation(List<String> words) {
        return crashing();
    }

    static Ablation crashing() {
        return Ablation.named("crash")
                .withVariant(
                        new Variant(
                                "crashing",
                                Map.of(),
                                seed -> {
                                    System.out.println("about to halt");
                                    Runtime.getRuntime().halt(77);
                                    return Measurements.of(Map.of());
                                }))
                .withVariant(ToySource.numbers().variant("square"))
                .withSeeds(1);
    }
}
