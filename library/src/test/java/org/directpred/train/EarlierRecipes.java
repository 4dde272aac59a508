package org.directpred.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.directpred.image.Augmentation;
import org.directpred.image.Normalisation;
import org.directpred.image.Operation;
import org.directpred.image.RandomResizedCrop;
import org.directpred.image.Views;
import org.directpred.loss.Loss;
import org.directpred.network.Architecture;
import org.directpred.network.Architecture.Stem;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.network.Projector;
import org.directpred.network.TwoLayerPredictor;
import org.directpred.optimise.OptimiserChoice;
import org.directpred.optimise.Schedule;
import org.directpred.predictor.ClosedForm;
import org.directpred.predictor.DirectCopy;
import org.directpred.predictor.DirectPred;
import org.directpred.predictor.DirectSet;
import org.directpred.predictor.LinearPredictor;
import org.directpred.predictor.OptimalPredictor;
import org.directpred.predictor.RandomPartitions;
import org.directpred.train.Recipe.PredictorDecay;

/** The recipes whose folders and fields an earlier version wrote: {@code earlier}. */
final class EarlierRecipes {
    private EarlierRecipes() {}

    private static Recipe small() {
        return Recipe.fashionMnist()
                .withEncoder(Architecture.small(1, 2))
                .withProjector(8, 4)
                .withBatchSize(16)
                .withDiagnosticsEvery(2)
                .withSteps(6);
    }

    /** Those with a folder: three steps on the first 70 images of the small Fashion-MNIST. */
    static Map<String, Recipe> runs() {
        Map<String, Recipe> m = new LinkedHashMap<>();
        m.put("linear", small());
        m.put("no-stop-gradient", small().withStopGradient(false));
        m.put(
                "simsiam-as-coded",
                small().withEncoder(Architecture.small(1, 2))
                        .withFirstTarget(FirstTarget.CODE)
                        .withoutEma()
                        .withPredictor(TwoLayerPredictor.of(6).withoutBias())
                        .withNesterov(true)
                        .withLoss(Loss.EUCLIDEAN)
                        .withSymmetricLoss(false)
                        .withLearningRateSchedule(Schedule.cosine().withEveryEpoch())
                        .withPredictorLearningRateSchedule(Schedule.constant())
                        // Stored with a trust coefficient of 0.5, at which SGD never looked.
                        .withGradientClipping(1.5));
        m.put(
                "byol",
                small().withOptimiser(OptimiserChoice.lars())
                        .withExcludeBiasAndNorm(true)
                        .withEma(.99)
                        .withEmaSchedule(Schedule.cosine())
                        .withTargetCopied(true)
                        .withPredictor(
                                DirectPred.defaults()
                                        .withRho(.4)
                                        .withOffset(.05)
                                        .withEvery(2)
                                        .withEpsilon(Schedule.cosine()))
                        .withLearningRateSchedule(Schedule.cosine().withWarmUpSteps(2))
                        .withGradientAccumulation(2)
                        .withPredictorWeightDecay(.1)
                        .withPredictorDecay(PredictorDecay.EQUATION_2)
                        .withPredictorLearningRateFactor(4)
                        .withDecoupledPredictorDecay(.01)
                        .withSeed(7)
                        .withPrecision(Precision.FLOAT32));
        m.put(
                "own-rule",
                small().withPredictor(ClosedForm.by("root", F -> F.power(.5)).withEvery(3))
                        .withName("mine")
                        .withViews(
                                Views.of(
                                        "mine",
                                        Augmentation.of(
                                                        RandomResizedCrop.to(28),
                                                        Operation.named("nothing", (c, r) -> {})
                                                                .withProbability(.5))
                                                .withNormalisation(Normalisation.FASHION_MNIST)))
                        .withLastBatch(LastBatch.KEPT)
                        .withEpochs(2)
                        .withLearningRateSchedule(Schedule.named("halved", s -> s < 3 ? 1 : .5)));
        return m;
    }

    /** All, by the names in {@code fields.json}. */
    static Map<String, Recipe> all() {
        Map<String, Recipe> m = new LinkedHashMap<>(runs());
        m.put("stl10", Recipe.stl10());
        m.put("cifar10", Recipe.cifar10());
        m.put("stl10AsCoded", Recipe.stl10AsCoded());
        m.put("cifar10AsCoded", Recipe.cifar10AsCoded());
        m.put("stl10AsCoded, no EMA", Recipe.stl10AsCoded().withoutEma());
        m.put("byolImageNet", Recipe.byolImageNet());
        m.put("simSiamImageNet", Recipe.simSiamImageNet());
        m.put("fashionMnist", Recipe.fashionMnist());
        m.put("DirectPred", Recipe.stl10().withDirectPred());
        m.put(
                "DirectCopy",
                Recipe.stl10()
                        .withPredictor(DirectCopy.defaults().withNorm(DirectCopy.Norm.SPECTRAL)));
        m.put("DirectSet", Recipe.stl10().withPredictor(DirectSet.of(.75).withCentring(true)));
        m.put(
                "optimal",
                Recipe.stl10()
                        .withPredictor(
                                OptimalPredictor.defaults()
                                        .withSolver(OptimalPredictor.Solver.LYAPUNOV)
                                        .withEvery(5)));
        m.put(
                "partitions",
                Recipe.stl10().withPredictor(RandomPartitions.of(6, DirectPred.defaults())));
        m.put(
                "symmetric",
                Recipe.stl10().withPredictor(LinearPredictor.sgd().withSymmetry().withBias()));
        m.put("none", Recipe.stl10().withoutPredictor());
        m.put("fastest", Recipe.stl10().withFastestPrecision());
        m.put(
                "resnet50",
                Recipe.stl10()
                        .withEncoder(Architecture.resNet(50, Stem.CIFAR))
                        .withProjector(Projector.linear(64).withoutBias()));
        return m;
    }
}
