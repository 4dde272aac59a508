package org.directpred.train;

import java.util.Objects;
import java.util.Optional;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.require.Require;

/**
 * The settings of one run of a recipe.
 *
 * @param seed where every random choice comes from
 * @param precision the type in which the network computes; empty for the fastest on the machine,
 *     which a run finds out
 * @param diagnosticsEvery steps between two rows of diagnostics, at least 1
 */
public record Run(long seed, Optional<Precision> precision, int diagnosticsEvery) {

    public Run {
        Objects.requireNonNull(precision, "precision");
        Require.atLeast("diagnosticsEvery", diagnosticsEvery, 1);
    }
}
