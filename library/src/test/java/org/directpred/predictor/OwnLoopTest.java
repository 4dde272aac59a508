package org.directpred.predictor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.directpred.optimise.Sgd;
import org.directpred.tensor.Operators;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The predictors alone, in somebody's own DJL loop: own block, DJL's trainer and optimiser, on the
 * calling thread, nothing else of this library.
 */
class OwnLoopTest {
    private static final int FEATURES = 8;
    private static final int D = 4;
    private static final int BATCH = 32;
    private static final int STEPS = 40;

    static Stream<PredictorChoice> choices() {
        return Stream.of(
                DirectPred.defaults().withRho(.3).withEpsilon(.1),
                DirectPred.defaults().withRho(.3).withEpsilon(.1).withEvery(5),
                DirectCopy.defaults(),
                RandomPartitions.of(2, DirectPred.defaults()),
                ClosedForm.by(f -> f.power(0.5).plus(0.1 * f.largest())));
    }

    @ParameterizedTest
    @MethodSource("choices")
    void simSiamWithAClosedFormPredictor(PredictorChoice choice) {
        Block encoder =
                new SequentialBlock()
                        .add(Linear.builder().setUnits(16).build())
                        .add(BatchNorm.builder().build())
                        .add(Activation::relu)
                        .add(Linear.builder().setUnits(D).build());
        Random random = new Random(7);
        try (Model model = Model.newInstance("own", "PyTorch")) {
            model.setBlock(encoder);
            try (Trainer trainer =
                    model.newTrainer(
                            new DefaultTrainingConfig(Loss.l2Loss())
                                    .optOptimizer(
                                            Optimizer.sgd()
                                                    .setLearningRateTracker(Tracker.fixed(.05f))
                                                    .build()))) {
                trainer.initialize(new Shape(BATCH, FEATURES));
                NDManager manager = trainer.getManager();
                double first = 0;
                double last = 0;
                // From here on: what a user writes.
                try (Predictor predictor = choice.create(D, DataType.FLOAT32, 1, manager)) {
                    Optional<Sgd> between =
                            predictor.parameters().map(p -> new Sgd(p, 0, false, manager));
                    for (int step = 0; step < STEPS; step++) {
                        try (NDManager scope = manager.newSubManager()) {
                            NDArray[] x = views(scope, random);
                            NDArray z1;
                            NDArray z2;
                            NDArray t1;
                            NDArray t2;
                            try (GradientCollector collector = trainer.newGradientCollector()) {
                                z1 = trainer.forward(new NDList(x[0])).singletonOrThrow();
                                z2 = trainer.forward(new NDList(x[1])).singletonOrThrow();
                                t1 = z2.stopGradient();
                                t2 = z1.stopGradient();
                                NDArray loss =
                                        Operators.cosine(predictor.predict(z1), t1)
                                                .add(Operators.cosine(predictor.predict(z2), t2))
                                                .mean()
                                                .neg();
                                collector.backward(loss);
                                last = loss.getFloat();
                            }
                            trainer.step();
                            between.ifPresent(o -> o.step(.05, 0));
                            predictor.observe(z1, z2, t1, t2);
                            predictor.afterStep(step);
                            first = step == 0 ? last : first;
                        }
                    }
                    assertThat(last).isBetween(-2.0, first - .3);
                    assertThat(predictor.counters().values()).allMatch(count -> count > 0);
                    if (choice instanceof DirectPred d && d.every() == 1) {
                        try (NDManager scope = manager.newSubManager();
                                NDArray w = predictor.matrix().orElseThrow()) {
                            NDArray expected =
                                    d.apply(SpectralMatrix.of(predictor.state().get("F"), scope))
                                            .matrix()
                                            .toType(DataType.FLOAT32, false);
                            assertThat(w.sub(expected).abs().max().getFloat())
                                    .isCloseTo(0, within(1e-6f));
                        }
                    }
                    between.ifPresent(Sgd::close);
                }
            }
        }
    }

    /** Two noisy looks at the same samples. */
    private static NDArray[] views(NDManager scope, Random random) {
        float[] one = new float[BATCH * FEATURES];
        float[] two = new float[BATCH * FEATURES];
        for (int i = 0; i < one.length; i++) {
            double value = random.nextGaussian();
            one[i] = (float) (value + .2 * random.nextGaussian());
            two[i] = (float) (value + .2 * random.nextGaussian());
        }
        Shape shape = new Shape(BATCH, FEATURES);
        return new NDArray[] {scope.create(one, shape), scope.create(two, shape)};
    }
}
