package org.directpred.own;

import static org.assertj.core.api.Assertions.assertThat;

import org.directpred.image.Operation;
import org.directpred.loss.Loss;
import org.directpred.optimise.OptimiserChoice;
import org.directpred.optimise.Schedule;
import org.directpred.predictor.ClosedForm;
import org.directpred.predictor.DirectCopy;
import org.directpred.predictor.DirectPred;
import org.directpred.predictor.RandomPartitions;
import org.junit.jupiter.api.Test;

/** Values are equal by what they say; functions of a user by their names. */
class EqualValuesTest {

    @Test
    void functionsOfAUserAreEqualByTheirNames() {
        assertThat(Operation.named("a", (c, r) -> {}))
                .isEqualTo(Operation.named("a", (c, r) -> {}))
                .hasSameHashCodeAs(Operation.named("a", (c, r) -> {}))
                .isNotEqualTo(Operation.named("b", (c, r) -> {}));
        assertThat(Schedule.named("a", step -> 1))
                .isEqualTo(Schedule.named("a", step -> 1))
                .hasSameHashCodeAs(Schedule.named("a", step -> 1))
                .isNotEqualTo(Schedule.named("a", (step, length) -> 1.))
                .isNotEqualTo(Schedule.named("b", step -> 1));
        assertThat(Loss.by("a", (q, t) -> q))
                .isEqualTo(Loss.by("a", (q, t) -> t))
                .hasSameHashCodeAs(Loss.by("a", (q, t) -> t))
                .isNotEqualTo(Loss.by("b", (q, t) -> q))
                .isNotEqualTo(Loss.ofViews("a", v -> v.q().get(0)));
        assertThat(Loss.ofViews("a", v -> v.q().get(0)))
                .isEqualTo(Loss.ofViews("a", v -> v.z().get(0)))
                .hasSameHashCodeAs(Loss.ofViews("a", v -> v.z().get(0)))
                .isNotEqualTo(Loss.ofViews("b", v -> v.q().get(0)));
        assertThat(Loss.by((q, t) -> q)).isNotEqualTo(Loss.by((q, t) -> q));
        assertThat(OptimiserChoice.by("a", (p, g, m) -> null))
                .isEqualTo(OptimiserChoice.by("a", (p, g, m) -> null))
                .hasSameHashCodeAs(OptimiserChoice.by("a", (p, g, m) -> null))
                .isNotEqualTo(OptimiserChoice.by("b", (p, g, m) -> null));
        assertThat(OptimiserChoice.sgd()).isEqualTo(OptimiserChoice.sgd().withMomentum(.9));
        assertThat(ClosedForm.by("a", f -> f))
                .isEqualTo(ClosedForm.by("a", f -> f))
                .hasSameHashCodeAs(ClosedForm.by("a", f -> f))
                .isNotEqualTo(ClosedForm.by("b", f -> f))
                .isNotEqualTo(ClosedForm.by("a", f -> f).withEvery(2))
                .isNotEqualTo(ClosedForm.by("a", f -> f).withRho(.5))
                .isNotEqualTo(ClosedForm.by("a", f -> f).withCentring(true))
                .isNotEqualTo(ClosedForm.by("a", f -> f).withRho(Schedule.cosine()));
    }

    @Test
    void rulesWithoutANameAreEqualToThemselvesAlone() {
        ClosedForm rule = ClosedForm.by(f -> f);
        assertThat(rule.withEvery(1)).isEqualTo(rule).isNotEqualTo(ClosedForm.by(f -> f));
    }

    @Test
    void rulesOfTheLibraryAreEqualByTheirSettings() {
        DirectPred rule = DirectPred.defaults();
        assertThat(RandomPartitions.of(6, rule))
                .isEqualTo(RandomPartitions.of(6, DirectPred.defaults()))
                .isNotEqualTo(RandomPartitions.of(5, rule));
        assertThat(DirectCopy.defaults().closedForm())
                .isEqualTo(DirectCopy.defaults().closedForm());
        assertThat(rule.closedForm().madeBy()).contains(rule);
        // A user's rule that borrows the name is another.
        assertThat(ClosedForm.by(rule.closedForm().name(), f -> f).withRho(rule.rho()))
                .isNotEqualTo(rule.closedForm());
        assertThat(ClosedForm.by("mine", f -> f).madeBy()).isEmpty();
    }
}
