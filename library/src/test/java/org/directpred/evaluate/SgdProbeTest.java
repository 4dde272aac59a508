package org.directpred.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.directpred.image.Augmentation;
import org.directpred.image.FashionMnist;
import org.directpred.image.HorizontalFlip;
import org.directpred.image.Image;
import org.directpred.image.ImageSource;
import org.directpred.image.Normalisation;
import org.directpred.image.Views;
import org.directpred.network.Backbone;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;

class SgdProbeTest {
    private static final Views FLIPS =
            Views.of(
                    "flips",
                    Augmentation.of(new HorizontalFlip(0.5))
                            .withNormalisation(Normalisation.FASHION_MNIST));

    /** The pixels themselves. */
    private record Pixels() implements Backbone {
        @Override
        public NDArray features(NDArray images) {
            return images.reshape(new Shape(images.getShape().get(0), 784));
        }

        @Override
        public int dimension() {
            return 784;
        }

        @Override
        public Device device() {
            return Device.cpu();
        }

        @Override
        public String description() {
            return "pixels";
        }
    }

    @Test
    void itLearnsFromRandomViewsOfTheImages() {
        ImageSource train = FashionMnist.embeddedTrain().first(2000);
        ImageSource test = FashionMnist.embeddedTest().first(1000);
        SgdProbe probe = new SgdProbe(0.02, 0.9, 1e-4, 100, 6, 1);
        Evaluation evaluation = probe.on(new Pixels(), train, test, FLIPS);
        assertThat(evaluation.accuracies()).hasSize(6);
        assertThat(evaluation.accuracy()).isGreaterThan(0.65);
        assertThat(evaluation.confusion().total()).isEqualTo(1000);
        assertThat(probe.on(new Pixels(), train, test, FLIPS).accuracies())
                .isEqualTo(evaluation.accuracies());
    }

    @Test
    void aSourceMayUseTheTrainingThread() {
        ImageSource plain = FashionMnist.embeddedTrain().first(64);
        ImageSource busy = new Reading(plain, () -> TrainingThread.run(() -> {}));
        SgdProbe probe = new SgdProbe(0.02, 0.9, 0, 32, 2, 1);
        assertThat(probe.on(new Pixels(), busy, plain, FLIPS).accuracies())
                .isEqualTo(probe.on(new Pixels(), plain, plain, FLIPS).accuracies());
    }

    @Test
    void aWaitForAnImageIsStopped() throws Exception {
        ImageSource plain = FashionMnist.embeddedTrain().first(64);
        CountDownLatch waits = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        ImageSource waiting =
                new Reading(
                        plain,
                        () -> {
                            waits.countDown();
                            try {
                                go.await();
                            } catch (InterruptedException e) {
                                throw new IllegalStateException("the wait ended", e);
                            }
                        });
        AtomicReference<Throwable> ended = new AtomicReference<>();
        Thread cell =
                new Thread(
                        () -> {
                            try {
                                new SgdProbe(0.02, 0.9, 0, 32, 1, 1)
                                        .on(new Pixels(), waiting, plain, FLIPS);
                            } catch (RuntimeException e) {
                                ended.set(e);
                            }
                        });
        cell.start();
        waits.await();
        cell.interrupt();
        // A loader closes when the image under way has been read.
        go.countDown();
        cell.join(60_000);
        assertThat(ended.get())
                .isInstanceOf(TrainingThread.Stopped.class)
                .hasMessage("stopped after 0 steps of the linear probe");
    }

    @Test
    void aBackboneThatGivesNullIsNamed() {
        ImageSource images = FashionMnist.embeddedTrain().first(64);
        Backbone none =
                new Backbone() {
                    @Override
                    public NDArray features(NDArray batch) {
                        return null;
                    }

                    @Override
                    public int dimension() {
                        return 784;
                    }

                    @Override
                    public Device device() {
                        return Device.cpu();
                    }

                    @Override
                    public String description() {
                        return "nothing";
                    }
                };
        assertThatThrownBy(() -> Features.extract(none, images, FLIPS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("nothing gives null instead of the features of a batch");
    }

    /** {@code src/test/python/evaluate/sgd_probe_fixture.py} wrote what PyTorch finds. */
    @Test
    void itTakesPyTorchsSteps() throws Exception {
        JsonNode reference;
        try (InputStream in = SgdProbeTest.class.getResourceAsStream("sgd-probe.json")) {
            reference = new ObjectMapper().readTree(in);
        }
        ImageSource test = FashionMnist.embeddedTest().first(1000);
        Evaluation found =
                new SgdProbe(0.02, 0.9, 1e-4, 100, 6, 1)
                        .on(
                                new Pixels(),
                                FashionMnist.embeddedTrain().first(2000),
                                test,
                                Views.of(
                                        "as they are",
                                        Augmentation.of()
                                                .withNormalisation(Normalisation.FASHION_MNIST)));
        for (int epoch = 0; epoch < 6; epoch++) {
            assertThat(found.accuracies().get(epoch))
                    .isCloseTo(reference.get("accuracies").get(epoch).asDouble(), within(0.002));
        }
        int[] predicted = new int[1000];
        int[] labels = new int[1000];
        for (int i = 0; i < predicted.length; i++) {
            predicted[i] = reference.get("predictions").get(i).asInt();
            labels[i] = test.label(i);
        }
        ConfusionMatrix expected = new ConfusionMatrix(test.classes(), labels, predicted);
        int elsewhere = 0;
        for (int t = 0; t < 10; t++) {
            for (int p = 0; p < 10; p++) {
                elsewhere += Math.abs((int) (expected.count(t, p) - found.confusion().count(t, p)));
            }
        }
        // One or two images on the boundary may fall to the other side.
        assertThat(elsewhere / 2).isLessThanOrEqualTo(2);
    }

    @Test
    void theRateFallsAlongHalfACosine() {
        SgdProbe probe = SgdProbe.byol();
        assertThat(probe.rate(0, 100)).isCloseTo(0.8, within(1e-12));
        assertThat(probe.rate(50, 100)).isCloseTo(0.4, within(1e-12));
        assertThat(probe.rate(100, 100)).isCloseTo(0, within(1e-12));
        assertThat(probe.withBatch(256).learningRate()).isCloseTo(0.2, within(1e-12));
    }

    @Test
    void badInputIsNamed() {
        ImageSource train = FashionMnist.embeddedTrain().first(20);
        assertThatThrownBy(
                        () ->
                                new SgdProbe(0.1, 0.9, 0, 64, 1, 0)
                                        .on(
                                                new Pixels(),
                                                train,
                                                FashionMnist.embeddedTest().first(100),
                                                FLIPS))
                .hasMessageContaining("64")
                .hasMessageContaining("20");
        assertThatThrownBy(() -> new SgdProbe(0.1, 1, 0, 64, 1, 0))
                .hasMessageContaining("momentum");
    }

    /** The same images, with something done before each is read. */
    private record Reading(ImageSource source, Runnable before) implements ImageSource {
        @Override
        public String name() {
            return source.name();
        }

        @Override
        public int size() {
            return source.size();
        }

        @Override
        public int channels() {
            return source.channels();
        }

        @Override
        public int height() {
            return source.height();
        }

        @Override
        public int width() {
            return source.width();
        }

        @Override
        public List<String> classes() {
            return source.classes();
        }

        @Override
        public int label(int index) {
            return source.label(index);
        }

        @Override
        public Image read(int index) {
            before.run();
            return source.read(index);
        }
    }
}
