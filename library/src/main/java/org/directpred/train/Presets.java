package org.directpred.train;

import java.util.Optional;
import java.util.OptionalDouble;
import org.directpred.image.Views;
import org.directpred.loss.Loss;
import org.directpred.network.Architecture;
import org.directpred.network.Architecture.Stem;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.network.Projector;
import org.directpred.network.TwoLayerPredictor;
import org.directpred.optimise.OptimiserChoice;
import org.directpred.optimise.Schedule;
import org.directpred.predictor.LinearPredictor;
import org.directpred.train.Recipe.PredictorDecay;

/** The recipes that {@link Recipe} has by name, each explained there. */
final class Presets {
    private Presets() {}

    static Recipe stl10() {
        return new Recipe(
                "STL-10",
                Architecture.resNet(18, Stem.IMAGENET),
                Projector.of(512, 128),
                new Method(
                        LinearPredictor.sgd(), new Target.MovingAverage(0.996), Loss.COSINE, true),
                new Optimisation(
                        OptimiserChoice.sgd(),
                        0.03,
                        Schedule.constant(),
                        4e-4,
                        Schedule.constant(),
                        false,
                        1,
                        OptionalDouble.empty(),
                        new PredictorRates(
                                1,
                                Optional.empty(),
                                OptionalDouble.empty(),
                                PredictorDecay.TORCH,
                                0)),
                new Data(Views.stl10(), 128, LastBatch.KEPT),
                new Length.Epochs(100),
                new Run(1, Optional.of(Precision.FLOAT32), 50));
    }

    static Recipe cifar10() {
        return stl10().withName("CIFAR-10")
                .withEncoder(Architecture.resNet(18, Stem.CIFAR))
                .withViews(Views.cifar());
    }

    static Recipe stl10AsCoded() {
        return stl10().withName("STL-10, as coded")
                .withFirstTarget(FirstTarget.CODE)
                .withViews(Views.stl10AsCoded());
    }

    static Recipe cifar10AsCoded() {
        return cifar10()
                .withName("CIFAR-10, as coded")
                .withFirstTarget(FirstTarget.CODE)
                .withEncoder(Architecture.resNet(18, Stem.CIFAR_AS_CODED));
    }

    static Recipe byolImageNet() {
        return stl10().withName("BYOL on ImageNet")
                .withEncoder(Architecture.resNet(50, Stem.IMAGENET))
                .withProjector(Projector.byol())
                .withPredictor(TwoLayerPredictor.byol())
                .withOptimiser(OptimiserChoice.lars())
                .withExcludeBiasAndNorm(true)
                .withWeightDecay(1e-6)
                .withLearningRate(Schedule.scaledRate(0.3, 4096))
                .withLearningRateSchedule(Schedule.cosine().withWarmUpEpochs(10))
                .withEma(0.99)
                .withEmaSchedule(Schedule.cosine())
                .withBatchSize(4096)
                .withLastBatch(LastBatch.DROPPED)
                .withEpochs(300)
                .withViews(Views.byolImageNetAsCoded());
    }

    static Recipe simSiamImageNet() {
        return stl10().withName("SimSiam on ImageNet")
                .withEncoder(Architecture.resNet(50, Stem.IMAGENET))
                .withProjector(Projector.simSiam())
                .withPredictor(TwoLayerPredictor.simSiam())
                .withoutEma()
                .withWeightDecay(4e-4)
                .withLearningRate(Schedule.scaledRate(0.05, 512) / 4)
                .withLearningRateSchedule(Schedule.cosine().withEveryEpoch())
                .withPredictorLearningRateSchedule(Schedule.constant())
                .withBatchSize(512)
                .withLastBatch(LastBatch.DROPPED)
                .withViews(Views.simSiamImageNetAsCoded());
    }

    static Recipe fashionMnist() {
        return stl10().withName("Fashion-MNIST")
                .withEncoder(Architecture.small(1, 16))
                .withProjector(128, 32)
                .withEma(0.97)
                .withLearningRate(0.01)
                .withWeightDecay(0.02)
                .withLastBatch(LastBatch.DROPPED)
                .withSteps(800)
                .withViews(Views.fashionMnist());
    }
}
