package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.directpred.loss.Loss;
import org.directpred.network.Architecture;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.network.TwoLayerPredictor;
import org.directpred.tensor.Operators;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;

/** A loss of a reader trains as the library's own, and one that cannot is refused by its name. */
class OwnLossTest {
    private static final Loss COSINE_AGAIN = Loss.by("cosine again", OwnLossTest::cosine);
    private static final Loss OF_ALL_VIEWS =
            Loss.ofViews(
                    "cosine of all views",
                    v ->
                            cosine(v.q().get(0), v.targets().get(1))
                                    .add(cosine(v.q().get(1), v.targets().get(0))));

    private static final List<UnaryOperator<Recipe>> METHODS =
            List.of(
                    r -> r,
                    r -> r.withoutEma(),
                    r -> r.withStopGradient(false),
                    r -> r.withDirectPred(),
                    r -> r.withoutPredictor(),
                    r -> r.withPredictor(TwoLayerPredictor.of(8)),
                    r -> r.withGradientAccumulation(3),
                    r -> r.withoutEma().withGradientAccumulation(3));

    private static NDArray cosine(NDArray q, NDArray t) {
        NDArray mean = Operators.cosine(q, t).mean();
        return mean.add(mean).neg();
    }

    private static Recipe recipe() {
        return Recipe.fashionMnist()
                .withEncoder(Architecture.small(1, 2))
                .withProjector(16, 8)
                .withPrecision(Precision.FLOAT64)
                .withLearningRate(.05);
    }

    @Test
    void theSameFunctionUnderANameTrainsToTheSameBits() {
        for (UnaryOperator<Recipe> method : METHODS) {
            Recipe r = method.apply(recipe());
            assertThat(bits(trained(r.withLoss(COSINE_AGAIN))))
                    .as("%s", r)
                    .isEqualTo(bits(trained(r)));
            Recipe oneSided = r.withSymmetricLoss(false);
            assertThat(bits(trained(oneSided.withLoss(COSINE_AGAIN))))
                    .as("%s", oneSided)
                    .isEqualTo(bits(trained(oneSided)))
                    .isNotEqualTo(bits(trained(r)));
        }
    }

    @Test
    void aLossOfAllViewsIsTheirSum() {
        for (UnaryOperator<Recipe> method : METHODS) {
            Recipe r = method.apply(recipe());
            Map<String, double[]> one = trained(r);
            Map<String, double[]> joint = trained(r.withLoss(OF_ALL_VIEWS));
            assertThat(joint.keySet()).isEqualTo(one.keySet());
            // With a target network the gradients add up in another order.
            one.forEach(
                    (name, values) ->
                            assertThat(joint.get(name))
                                    .as("%s of %s", name, r)
                                    .usingComparatorWithPrecision(1e-9)
                                    .containsExactly(values));
        }
    }

    @Test
    void whatNoStepCanDescendOnIsRefusedByTheLosssNameAndChangesNothing() {
        Map<String, Loss> refused = new TreeMap<>();
        refused.put("null", Loss.by("mine", (q, t) -> null));
        refused.put("an array of shape (6, 8)", Loss.by("mine", (q, t) -> q));
        refused.put(
                "an array of shape (6)",
                Loss.by("mine", (q, t) -> q.sub(t).square().mean(new int[] {1})));
        refused.put(
                "a number that no gradient flows from",
                Loss.by("mine", (q, t) -> q.stopGradient().mean()));
        refused.put("a number that no gradient", Loss.by("mine", (q, t) -> t.mean()));
        refused.put(
                "a number of type int32",
                Loss.by("mine", (q, t) -> q.mean().toType(DataType.INT32, true)));
        refused.put(
                "an array that is closed already",
                Loss.by(
                        "mine",
                        (q, t) -> {
                            NDArray value = q.mean();
                            value.close();
                            return value;
                        }));
        refused.put("nul", Loss.ofViews("mine", v -> null));
        refused.put(
                "a number that no gradient flows",
                Loss.ofViews("mine", v -> v.targets().get(0).mean()));
        refused.forEach(
                (message, loss) -> {
                    try (Learner learner = Learner.of(recipe().withLoss(loss), Device.cpu())) {
                        Map<String, String> before = bits(state(learner));
                        assertThatThrownBy(() -> step(learner, 0))
                                .isInstanceOf(IllegalArgumentException.class)
                                .hasMessageContaining("the loss \"mine\" gives " + message);
                        assertThat(bits(state(learner))).isEqualTo(before);
                        assertThat(learner.steps()).isZero();
                    }
                });
    }

    @Test
    void aLossThatIsNotFiniteIsNamed() {
        Loss loss = Loss.by("one over nothing", (q, t) -> q.mean().div(t.sub(t).mean()));
        try (Learner learner = Learner.of(recipe().withLoss(loss), Device.cpu())) {
            Map<String, String> before = bits(state(learner));
            assertThatThrownBy(() -> step(learner, 0))
                    .isInstanceOf(Diverged.class)
                    .hasMessageContaining("the loss \"one over nothing\" is ")
                    .hasMessageContaining("or mend the loss");
            assertThat(bits(state(learner))).isEqualTo(before);
        }
    }

    @Test
    void aCheckpointKnowsALossByItsName() {
        assertThat(recipe().withLoss(COSINE_AGAIN).fields()).containsEntry("loss", "cosine again");
        assertThat(recipe().fields()).containsEntry("loss", "COSINE");
        assertThat(recipe().withLoss(Loss.EUCLIDEAN).fields()).containsEntry("loss", "EUCLIDEAN");
    }

    private static Map<String, double[]> trained(Recipe recipe) {
        try (Learner learner = Learner.of(recipe, Device.cpu())) {
            for (int i = 0; i < 4; i++) {
                step(learner, i);
            }
            return state(learner);
        }
    }

    private static void step(Learner learner, int number) {
        TrainingThread.run(
                () -> {
                    try (NDManager scope = learner.manager().newSubManager()) {
                        learner.step(views(number, scope), views(number + 99, scope), false);
                    }
                });
    }

    /** As text, for arrays are not equal by their values. */
    private static Map<String, String> bits(Map<String, double[]> state) {
        Map<String, String> all = new TreeMap<>();
        state.forEach(
                (name, values) -> all.put(name, Integer.toHexString(Arrays.hashCode(values))));
        return all;
    }

    private static Map<String, double[]> state(Learner learner) {
        return TrainingThread.call(
                () -> {
                    Map<String, double[]> all = new TreeMap<>();
                    learner.state()
                            .forEach(
                                    (name, array) -> {
                                        try (NDArray plain = array.stopGradient()) {
                                            all.put(name, plain.toDoubleArray());
                                        }
                                    });
                    return all;
                });
    }

    private static NDArray views(int number, NDManager scope) {
        double[] pixels = new double[6 * 28 * 28];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = Math.sin(0.1 * i * (number + 1));
        }
        return scope.create(pixels, new Shape(6, 1, 28, 28));
    }
}
