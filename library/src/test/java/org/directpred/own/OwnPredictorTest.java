package org.directpred.own;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.directpred.image.FashionMnist;
import org.directpred.image.ImageSource;
import org.directpred.predictor.CrossCorrelation;
import org.directpred.predictor.DirectPred;
import org.directpred.predictor.FeatureCorrelation;
import org.directpred.predictor.LinearWeights;
import org.directpred.predictor.NotFinite;
import org.directpred.predictor.Predictor;
import org.directpred.predictor.PredictorChoice;
import org.directpred.predictor.SpectralMatrix;
import org.directpred.tensor.TrainingThread;
import org.directpred.train.Pretraining;
import org.directpred.train.Recipe;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A predictor that a reader writes, from another package with what is public alone: DirectPred's
 * twin, with C beside it, trains and resumes as the library's own.
 */
class OwnPredictorTest {
    private static final ImageSource IMAGES = FashionMnist.embeddedTrain().first(256);

    @TempDir Path folder;

    /** DirectPred as a reader would write it; C is followed, and moves epsilon a little. */
    private record Twin(int every, boolean withCross) implements PredictorChoice {
        @Override
        public Predictor create(int d, DataType type, long seed, NDManager manager) {
            LinearWeights weights = new LinearWeights(d, false, every > 1, type, seed, manager);
            FeatureCorrelation f = FeatureCorrelation.movingAverage(weights.manager(), d, type, .3);
            CrossCorrelation c =
                    new CrossCorrelation(weights.manager(), d, type, OptionalDouble.empty());
            return new Predictor() {
                @Override
                public NDArray predict(NDArray z) {
                    return weights.predict(z);
                }

                @Override
                public void observe(NDArray z1, NDArray z2, NDArray t1, NDArray t2) {
                    f.update(z1, z2);
                    c.update(z1, z2, t1, t2);
                }

                @Override
                public void afterStep(long step) {
                    if (step % every != 0) {
                        return;
                    }
                    try (NDManager scope = weights.manager().newSubManager()) {
                        double more = 0;
                        if (withCross) {
                            NDArray copy = c.correlation().duplicate();
                            copy.attach(scope);
                            more = .01 * Math.abs(copy.sum().getFloat()) / d;
                        }
                        SpectralMatrix w =
                                SpectralMatrix.ofSymmetric(f.correlation(), scope)
                                        .relative()
                                        .power(.5)
                                        .plus(.1 + more)
                                        .atLeast(DirectPred.FLOOR);
                        if (!Double.isFinite(w.largest())) {
                            throw new NotFinite("W_p has an eigenvalue " + w.largest());
                        }
                        w.writeTo(weights.flat());
                    }
                }

                @Override
                public Optional<NDArray> parameters() {
                    return every > 1 ? Optional.of(weights.flat()) : Optional.empty();
                }

                @Override
                public Optional<NDArray> matrix() {
                    return Optional.of(weights.matrix());
                }

                @Override
                public Optional<FeatureCorrelation> correlation() {
                    return Optional.of(f);
                }

                @Override
                public Map<String, NDArray> state() {
                    return Map.of(
                            "W_p", weights.flat(),
                            "F", f.correlation(),
                            "mean", f.mean(),
                            "C", c.correlation());
                }

                @Override
                public Map<String, Long> counters() {
                    return Map.of("F.batches", f.batches(), "C.batches", c.batches());
                }

                @Override
                public void restoreCounters(Map<String, Long> counters) {
                    f.restoreBatches(counters.get("F.batches"));
                    c.restoreBatches(counters.get("C.batches"));
                }

                @Override
                public void close() {
                    c.close();
                    f.close();
                    weights.close();
                }
            };
        }

        @Override
        public String describe() {
            return "twin, every " + every + (withCross ? ", with C" : "");
        }
    }

    private static Recipe recipe(PredictorChoice choice) {
        return Recipe.fashionMnist().withPredictor(choice).withBatchSize(32).withSteps(11);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void itTrainsAsTheLibrarysOwnToTheLastBit(int every) {
        assertThat(trained(recipe(new Twin(every, false))))
                .isEqualTo(
                        trained(
                                recipe(
                                        DirectPred.defaults()
                                                .withRho(.3)
                                                .withEpsilon(.1)
                                                .withEvery(every))));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void itResumesBitForBit(int every) {
        Recipe recipe = recipe(new Twin(every, true));
        Map<String, Integer> whole = trained(recipe);
        try (Pretraining first = start(recipe)) {
            first.train(5);
        }
        try (Pretraining second = start(recipe)) {
            assertThat(second.step()).isEqualTo(5);
            second.train();
            assertThat(digests(second)).isEqualTo(whole);
        }
    }

    private Pretraining start(Recipe recipe) {
        return Pretraining.of(recipe).onDevice("cpu").in(folder).withCheckpointEvery(5).on(IMAGES);
    }

    private static Map<String, Integer> trained(Recipe recipe) {
        try (Pretraining run = Pretraining.of(recipe).onDevice("cpu").on(IMAGES)) {
            return digests(run.train());
        }
    }

    /** All that both kinds have. */
    private static Map<String, Integer> digests(Pretraining run) {
        return TrainingThread.call(
                () -> {
                    Map<String, Integer> all = new TreeMap<>();
                    run.learner()
                            .state()
                            .forEach(
                                    (name, array) -> {
                                        if (!name.equals("predictor.C")) {
                                            all.put(name, digest(array));
                                        }
                                    });
                    return all;
                });
    }

    private static int digest(NDArray array) {
        try (NDArray plain = array.stopGradient()) {
            return Arrays.hashCode(plain.toFloatArray());
        }
    }
}
