package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.directpred.doctor.Checkup;
import org.directpred.doctor.Doctor;
import org.directpred.evaluate.Features;
import org.directpred.evaluate.LinearProbe;
import org.directpred.evaluate.NearestNeighbours;
import org.directpred.image.ColourPatches;
import org.directpred.image.FashionMnist;
import org.directpred.image.ImageSource;
import org.directpred.image.Views;
import org.directpred.loss.Loss;
import org.directpred.network.Architecture;
import org.directpred.network.Architecture.Stem;
import org.directpred.network.FunctionalNetwork.Precision;
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
import org.directpred.tensor.PretendGpu;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TorchScript;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The path of a GPU, on a device whose memory only operators may touch: equal to the CPU to the
 * last bit.
 */
@Tag("pretend-gpu")
class PretendGpuTest {
    private static final ImageSource IMAGES = FashionMnist.embeddedTrain().first(128);

    static Stream<Arguments> recipes() {
        Recipe base =
                Recipe.fashionMnist()
                        .withEncoder(Architecture.small(1, 4))
                        .withBatchSize(32)
                        .withDiagnosticsEvery(3)
                        .withSteps(8);
        Map<String, Recipe> all = new LinkedHashMap<>();
        all.put("linear", base);
        all.put("linear, bias", base.withPredictor(LinearPredictor.sgd().withBias()));
        all.put("linear, symmetric", base.withPredictor(LinearPredictor.sgd().withSymmetry()));
        all.put("two layers", base.withPredictor(TwoLayerPredictor.of(16)));
        all.put("no predictor", base.withoutPredictor());
        all.put("no stopped gradient", base.withStopGradient(false));
        all.put("no moving average", base.withoutEma());
        all.put("no moving average, DirectPred", base.withoutEma().withDirectPred());
        all.put("DirectPred", base.withDirectPred());
        all.put(
                "DirectPred, every 3",
                base.withPredictor(DirectPred.defaults().withRho(.3).withEvery(3)));
        all.put("DirectCopy", base.withPredictor(DirectCopy.defaults()));
        all.put("DirectSet", base.withPredictor(DirectSet.of(.5)));
        all.put("optimal", base.withPredictor(OptimalPredictor.defaults()));
        all.put("partitions", base.withPredictor(RandomPartitions.of(3, DirectPred.defaults())));
        all.put("own rule", base.withPredictor(ClosedForm.by("own", f -> f.power(.5))));
        all.put("Euclidean", base.withLoss(Loss.EUCLIDEAN));
        all.put("one-sided", base.withSymmetricLoss(false));
        all.put("LARS", base.withOptimiser(OptimiserChoice.lars()).withExcludeBiasAndNorm(true));
        all.put("AdamW", base.withOptimiser(OptimiserChoice.adamW()).withExcludeBiasAndNorm(true));
        all.put("Nesterov", base.withNesterov(true));
        all.put("accumulation", base.withGradientAccumulation(2).withDirectPred());
        all.put("clipping", base.withGradientClipping(.01));
        all.put("EMA's schedule", base.withEmaSchedule(Schedule.cosine()));
        all.put("bf16", base.withPrecision(Precision.BFLOAT16).withDirectPred());
        all.put("float64", base.withPrecision(Precision.FLOAT64).withDirectPred());
        all.put("own block", base.withEncoder(own()));
        return all.entrySet().stream().map(e -> Arguments.of(e.getKey(), e.getValue()));
    }

    static Architecture own() {
        return Architecture.of(
                "own",
                () ->
                        new SequentialBlock()
                                .add(
                                        Conv2d.builder()
                                                .setFilters(8)
                                                .setKernelShape(new Shape(5, 5))
                                                .optStride(new Shape(3, 3))
                                                .build())
                                .add(BatchNorm.builder().build())
                                .add(Activation.reluBlock())
                                .add(Pool.globalAvgPool2dBlock()),
                new Shape(1, 28, 28));
    }

    @Test
    void thereIsOneAndItIsTheBestDevice() {
        assertThat(Torch.bestDevice()).isEqualTo(Device.gpu(0));
        assertThatThrownBy(() -> Torch.device("gpu1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("there is no device \"gpu1\"");
    }

    @Test
    void theDoctorSeesItAndChecksItsResults() {
        Checkup checkup = Doctor.report();
        assertThat(checkup.line("gpu0").found()).startsWith("compute capability 9.0");
        assertThat(checkup.line("convolution").found()).contains("on gpu(0)");
        assertThat(checkup.worst()).isNotEqualTo(Checkup.Level.FAULT);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("recipes")
    void aTrainingEndsOnTheCpusBits(String name, Recipe recipe) {
        assertThat(digests(recipe, "gpu0")).isEqualTo(digests(recipe, "cpu"));
    }

    @Test
    void aResNetEndsOnTheCpusBits() {
        Recipe recipe =
                Recipe.cifar10()
                        .withViews(Views.stl10())
                        .withEncoder(Architecture.resNet(18, Stem.CIFAR))
                        .withDirectPred()
                        .withBatchSize(8)
                        .withSteps(2);
        ImageSource colour = ColourPatches.train().first(16);
        assertThat(digests(recipe, "gpu0", colour)).isEqualTo(digests(recipe, "cpu", colour));
    }

    private static Map<String, Long> digests(Recipe recipe, String device) {
        return digests(recipe, device, IMAGES);
    }

    private static Map<String, Long> digests(Recipe recipe, String device, ImageSource images) {
        try (Pretraining run = Pretraining.of(recipe).onDevice(device).on(images)) {
            Device where = run.learner().state().get("online.weights").getDevice();
            assertThat(where).isEqualTo(Torch.device(device));
            return KilledRun.digests(run.train());
        }
    }

    @Test
    void evaluationIsTheCpus() {
        Recipe recipe = Recipe.fashionMnist().withEncoder(Architecture.small(1, 4)).withSteps(2);
        assertThat(evaluation(recipe, "gpu0")).isEqualTo(evaluation(recipe, "cpu"));
    }

    private static Map<String, Double> evaluation(Recipe recipe, String device) {
        Map<String, Double> all = new LinkedHashMap<>();
        try (Pretraining run = Pretraining.of(recipe).onDevice(device).on(IMAGES)) {
            run.train();
            Features train = Features.extract(run.backbone(), IMAGES, recipe.views());
            Features test =
                    Features.extract(
                            run.backbone(), FashionMnist.embeddedTest().first(100), recipe.views());
            all.put("k-NN", NearestNeighbours.cosine(20).on(train, test).accuracy());
            all.put("quick", LinearProbe.quick().on(train, test).accuracy());
        }
        return all;
    }

    @Test
    void aRunHoldsNoMoreMemoryAfterManySteps() {
        Recipe recipe =
                Recipe.fashionMnist()
                        .withEncoder(Architecture.small(1, 2))
                        .withProjector(16, 8)
                        .withBatchSize(8)
                        .withDirectPred()
                        .withDiagnosticsEvery(50)
                        .withSteps(2000);
        try (Pretraining run = Pretraining.of(recipe).onDevice("gpu0").on(IMAGES)) {
            run.train(200);
            long early = PretendGpu.liveBytes();
            run.train(1800);
            assertThat(PretendGpu.liveBytes()).isCloseTo(early, within(64L));
        }
    }

    @Test
    void whatIsFreshOnTheDeviceReadsAsNaN() {
        TrainingThread.run(
                () -> {
                    try (TorchScript script =
                                    TorchScript.compile(
                                            """
                                              def fresh(self, x: Tensor) -> Tensor:
                                                return torch.empty_like(x)
                                            """,
                                            Device.cpu());
                            NDManager scope = Torch.newManager(Device.gpu(0))) {
                        NDArray x = scope.zeros(new Shape(3), DataType.FLOAT32);
                        NDArray fresh = script.call("fresh", x).get(0);
                        assertThat(fresh.toFloatArray()).containsOnly(Float.NaN);
                    }
                });
    }

    @Test
    void arraysOfTwoDevicesDoNotMeet() {
        TrainingThread.run(
                () -> {
                    try (NDManager there = Torch.newManager(Device.gpu(0));
                            NDManager here = Torch.newManager(Device.cpu())) {
                        NDArray a = there.ones(new Shape(3));
                        NDArray b = here.ones(new Shape(3));
                        assertThatThrownBy(() -> a.add(b))
                                .hasMessageContaining("Expected all tensors to be on the same");
                    }
                });
    }

    @Test
    void aPinnedBufferThatIsWrittenTooEarlyIsNoticed() {
        TrainingThread.run(
                () -> {
                    try (TorchScript script =
                                    TorchScript.compile(
                                            """
                                              def pinned(self, x: Tensor) -> Tensor:
                                                return torch.pin_memory(x)
                                              def upload(self, x: Tensor, like: Tensor) -> Tensor:
                                                return torch.to(x, like, True)
                                            """,
                                            Device.cpu());
                            NDManager there = Torch.newManager(Device.gpu(0));
                            NDManager here = Torch.newManager(Device.cpu())) {
                        NDArray like = there.ones(new Shape(1));
                        NDArray buffer = script.call("pinned", here.ones(new Shape(4))).get(0);
                        long faults = PretendGpu.buffersReusedTooEarly();
                        long late = PretendGpu.lateCopiesToDevice();
                        NDArray kept = script.call("upload", buffer, like).get(0);
                        assertThat(PretendGpu.lateCopiesToDevice()).isEqualTo(late + 1);
                        assertThat(kept.toFloatArray()).containsOnly(1);
                        assertThat(PretendGpu.buffersReusedTooEarly()).isEqualTo(faults);
                        NDArray spoiled = script.call("upload", buffer, like).get(0);
                        buffer.muli(2);
                        assertThat(spoiled.toFloatArray()).containsOnly(Float.NaN);
                        assertThat(PretendGpu.buffersReusedTooEarly()).isEqualTo(faults + 1);
                    }
                });
    }
}
