package org.directpred.evaluate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.directpred.image.Augmentation;
import org.directpred.image.Filter;
import org.directpred.image.HorizontalFlip;
import org.directpred.image.ImageSource;
import org.directpred.image.Normalisation;
import org.directpred.image.RandomResizedCrop;
import org.directpred.image.ViewBatch;
import org.directpred.image.ViewLoader;
import org.directpred.image.Views;
import org.directpred.network.Backbone;
import org.directpred.progress.Bar;
import org.directpred.progress.Progress;
import org.directpred.require.Require;
import org.directpred.tensor.OnHost;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TorchScript;
import org.directpred.tensor.TrainingThread;

/**
 * The linear evaluation of ImageNet: a linear classifier on the frozen backbone, trained by SGD
 * with Nesterov momentum on random crops and flips, the learning rate falling to 0 along a half
 * cosine. Features are not standardised and cannot be kept, since each epoch sees other crops.
 *
 * <p>The classifier starts at 0. One epoch passes all images through the network once.
 *
 * @param learningRate at the start
 * @param momentum Nesterov's, 0 or more, below 1
 * @param weightDecay added to the gradient of weight and bias
 * @param batch images of a step; a last smaller batch of an epoch is left out
 * @param epochs over the training images
 * @param seed of the order of the images and of the crops
 */
public record SgdProbe(
        double learningRate,
        double momentum,
        double weightDecay,
        int batch,
        int epochs,
        long seed) {

    /** Checks the numbers. */
    public SgdProbe {
        Require.positive("the probe's learning rate", learningRate);
        Require.momentum("the probe's momentum", momentum);
        Require.nonNegative("the probe's weight decay", weightDecay);
        Require.atLeast("the probe's batch", batch, 1);
        Require.atLeast("the probe's epochs", epochs, 1);
    }

    /**
     * BYOL's protocol (Grill et al. 2020, and the configuration that they published): 80 epochs of
     * batches of 1024, learning rate 0.2 batch / 256, momentum 0.9, no weight decay. They chose the
     * rate on images held out from the training set; here it is given.
     */
    public static SgdProbe byol() {
        return new SgdProbe(0.2 * 1024 / 256, 0.9, 0, 1024, 80, 0);
    }

    /**
     * The images of BYOL's protocol: random crop to 224 and flip for training, the shorter side to
     * 256 and the middle 224 for the test.
     */
    public static Views byolViews() {
        return Views.of(
                        "linear evaluation on ImageNet",
                        Augmentation.of(
                                        RandomResizedCrop.to(224).withFilter(Filter.BICUBIC),
                                        new HorizontalFlip(0.5))
                                .withNormalisation(Normalisation.IMAGENET))
                .withPlain(Views.byolImageNet().plain());
    }

    /** This probe with another batch size and the learning rate scaled with it. */
    public SgdProbe withBatch(int images) {
        return new SgdProbe(
                learningRate * images / batch, momentum, weightDecay, images, epochs, seed);
    }

    /** This probe with another number of epochs. */
    public SgdProbe withEpochs(int number) {
        return new SgdProbe(learningRate, momentum, weightDecay, batch, number, seed);
    }

    /** This probe with another learning rate. */
    public SgdProbe withLearningRate(double rate) {
        return new SgdProbe(rate, momentum, weightDecay, batch, epochs, seed);
    }

    /** This probe with another seed. */
    public SgdProbe withSeed(long number) {
        return new SgdProbe(learningRate, momentum, weightDecay, batch, epochs, number);
    }

    /**
     * Trains the classifier and tests it.
     *
     * @param backbone the frozen network
     * @param train labelled images
     * @param test labelled images of the same classes
     * @param views {@link Views#first} makes the training images, {@link Views#plain} the test
     *     images
     * @throws IllegalArgumentException if the classes differ, an image has no label, or there are
     *     fewer training images than a batch
     * @throws TrainingThread.Stopped if the caller is interrupted
     */
    public Evaluation on(Backbone backbone, ImageSource train, ImageSource test, Views views) {
        if (!train.classes().equals(test.classes())) {
            throw new IllegalArgumentException(
                    "training and test images have other classes: %s in %s, %s in %s"
                            .formatted(train.classes(), train.name(), test.classes(), test.name()));
        }
        for (int i = 0; i < train.size(); i++) {
            if (train.label(i) == ImageSource.UNLABELLED) {
                throw new IllegalArgumentException(train.place(i) + " has no label");
            }
        }
        Features testFeatures = Features.extract(backbone, test, views);
        testFeatures.requireLabels();
        testFeatures.requireFinite();
        try (ViewLoader loader = ViewLoader.of(train, views, batch, seed).withSecondViews(false);
                Bar bar = Progress.bar("linear probe", epochs * loader.batchesPerEpoch());
                Classifier classifier =
                        TrainingThread.call(() -> new Classifier(backbone, train))) {
            return run(classifier, loader, testFeatures, bar);
        }
    }

    /** Draws the batches on the calling thread, for a source may wait for the training thread. */
    private Evaluation run(Classifier classifier, ViewLoader loader, Features test, Bar bar) {
        List<Double> accuracies = new ArrayList<>();
        int[] predicted = {};
        long steps = epochs * loader.batchesPerEpoch();
        long step = 0;
        for (int epoch = 0; epoch < epochs; epoch++) {
            Iterator<ViewBatch> batches = loader.epoch(epoch, 0);
            while (batches.hasNext()) {
                String where = "after " + step + " steps of the linear probe";
                TrainingThread.checkStop(where);
                double rate = rate(step, steps);
                try (ViewBatch images = TrainingThread.waiting(where, batches::next)) {
                    TrainingThread.run(() -> classifier.step(images, rate));
                }
                step++;
                bar.update(step, "");
            }
            predicted = TrainingThread.call(() -> classifier.predict(test));
            accuracies.add(
                    new ConfusionMatrix(test.classes(), test.labels(), predicted).accuracy());
        }
        return new Evaluation(
                String.format(
                        Locale.ROOT,
                        "linear probe on random crops, SGD %s, batch %d, %d epochs",
                        learningRate,
                        batch,
                        epochs),
                classifier.backbone.description() + " on " + loader.source().name(),
                loader.source().size(),
                test.provenance(),
                accuracies,
                new ConfusionMatrix(test.classes(), test.labels(), predicted));
    }

    /** The learning rate of a step, from 0 on: half a cosine down to 0. */
    double rate(long step, long steps) {
        return learningRate * (1 + Math.cos(Math.PI * step / steps)) / 2;
    }

    /** The weights while they are trained; its methods are called on the training thread. */
    private final class Classifier implements AutoCloseable {
        private final Backbone backbone;
        private final ImageSource train;
        private final TorchScript script;
        private final NDManager manager;
        private final NDList state;

        Classifier(Backbone backbone, ImageSource train) {
            this.backbone = backbone;
            this.train = train;
            int classes = train.classes().size();
            int dimension = backbone.dimension();
            script = TorchScript.compile(script(), backbone.device());
            manager = Torch.newManager(backbone.device());
            state =
                    new NDList(
                            manager.zeros(new Shape(classes, dimension)),
                            manager.zeros(new Shape(classes)),
                            manager.zeros(new Shape(classes, dimension)),
                            manager.zeros(new Shape(classes)));
        }

        void step(ViewBatch images, double rate) {
            try (NDManager scope = manager.newSubManager()) {
                step(images, rate, scope);
            }
        }

        private void step(ViewBatch images, double rate, NDManager scope) {
            int classes = train.classes().size();
            Shape shape =
                    new Shape(images.size(), images.channels(), images.height(), images.width());
            float[] hot = new float[images.size() * classes];
            for (int i = 0; i < images.size(); i++) {
                hot[i * classes + train.label(images.indices()[i])] = 1;
            }
            NDArray features =
                    Features.checked(
                            backbone, scope.create(images.first(), shape, DataType.FLOAT32));
            if (!Double.isFinite(OnHost.number(features.abs().max()))) {
                throw new IllegalStateException(
                        "%s gives features that are not finite for images of %s, such as %s"
                                .formatted(
                                        backbone.description(),
                                        train.name(),
                                        train.place(images.indices()[0])));
            }
            NDList arguments =
                    new NDList(
                            features,
                            scope.create(hot, new Shape(images.size(), classes)),
                            scope.create((float) rate));
            arguments.addAll(state);
            script.call("step", arguments.toArray(new NDArray[0])).close();
        }

        int[] predict(Features test) {
            int[] predicted = new int[test.size()];
            int block = 1024;
            for (int from = 0; from < predicted.length; from += block) {
                int to = Math.min(from + block, predicted.length);
                try (NDManager scope = manager.newSubManager()) {
                    NDArray weight = state.get(0).transpose();
                    weight.attach(scope);
                    long[] best =
                            Standardised.bestClasses(
                                    test.toArray(from, to, scope).matMul(weight).add(state.get(1)),
                                    test.provenance());
                    for (int i = 0; i < best.length; i++) {
                        predicted[from + i] = (int) best[i];
                    }
                }
            }
            return predicted;
        }

        @Override
        public void close() {
            TrainingThread.run(
                    () -> {
                        script.close();
                        manager.close();
                    });
        }
    }

    private String script() {
        return """
              def step(self, x: Tensor, y: Tensor, rate: Tensor, w: Tensor, b: Tensor, mw: Tensor, mb: Tensor) -> Tensor:
                p = torch.softmax(torch.addmm(b, x, torch.t(w)), 1)
                d = torch.div(torch.sub(p, y), torch.size(x, 0))
                gw = torch.add(torch.mm(torch.t(d), x), torch.mul(w, DECAY))
                gb = torch.add(torch.sum(d, [0], False), torch.mul(b, DECAY))
                _0 = torch.add_(torch.mul_(mw, MOMENTUM), gw)
                _1 = torch.add_(torch.mul_(mb, MOMENTUM), gb)
                _2 = torch.sub_(w, torch.mul(torch.add(gw, torch.mul(mw, MOMENTUM)), rate))
                _3 = torch.sub_(b, torch.mul(torch.add(gb, torch.mul(mb, MOMENTUM)), rate))
                return w
            """
                .replace("DECAY", Double.toString(weightDecay))
                .replace("MOMENTUM", Double.toString(momentum));
    }
}
