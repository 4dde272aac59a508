package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.directpred.experiment.Ablation;
import org.directpred.experiment.Variant;
import org.directpred.image.Augmentation;
import org.directpred.image.Canvas;
import org.directpred.image.FashionMnist;
import org.directpred.image.HorizontalFlip;
import org.directpred.image.ImageSource;
import org.directpred.image.Operation;
import org.directpred.image.RandomResizedCrop;
import org.directpred.image.SplitMix64;
import org.directpred.image.Views;
import org.directpred.loss.Loss;
import org.directpred.network.Architecture;
import org.directpred.optimise.Optimiser;
import org.directpred.optimise.OptimiserChoice;
import org.directpred.optimise.Schedule;
import org.directpred.optimise.TrainingLength;
import org.directpred.paper.Setting;
import org.directpred.predictor.ClosedForm;
import org.directpred.predictor.DirectPred;
import org.directpred.predictor.Predictor;
import org.directpred.predictor.PredictorChoice;
import org.directpred.tensor.ParameterGroups;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a recipe is made of has a name by which another process knows it again. */
class NamesTest {
    private static final Operation LAMBDA = (canvas, random) -> {};

    @TempDir Path folder;

    /** A record of a reader, whose array prints an address. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Weighted(double[] weights) implements Operation {
        @Override
        public void apply(Canvas canvas, SplitMix64 random) {}
    }

    /** A class of a reader that does not say what it is. */
    private static class Silent implements Operation {
        @Override
        public void apply(Canvas canvas, SplitMix64 random) {}
    }

    private record OwnSchedule(Object inside) implements Schedule {
        @Override
        public double factor(long step, TrainingLength length) {
            return 1;
        }

        @Override
        public boolean needsLength() {
            return false;
        }

        @Override
        public String describe() {
            return "mine of " + inside;
        }
    }

    private record OwnChoice(Object inside) implements PredictorChoice {
        @Override
        public Predictor create(int dimension, DataType type, long seed, NDManager manager) {
            return DirectPred.defaults().create(dimension, type, seed, manager);
        }

        @Override
        public String describe() {
            return "mine of " + inside;
        }
    }

    private record OwnLoss(Object inside) implements Loss.PerView {
        @Override
        public NDArray of(NDArray q, NDArray t) {
            return Loss.EUCLIDEAN.of(q, t);
        }

        @Override
        public String describe() {
            return "mine of " + inside;
        }
    }

    private record OwnOptimiser(Object inside) implements OptimiserChoice {
        @Override
        public Optimiser create(NDArray parameters, ParameterGroups groups, NDManager manager) {
            return OptimiserChoice.sgd().create(parameters, groups, manager);
        }

        @Override
        public String name() {
            return "mine";
        }

        @Override
        public Map<String, String> settings() {
            return Map.of("inside", inside.toString());
        }
    }

    private static Recipe views(Operation operation) {
        return Recipe.fashionMnist()
                .withViews(
                        Views.of(
                                "mine",
                                Augmentation.of(
                                        RandomResizedCrop.to(28),
                                        new HorizontalFlip(.5),
                                        operation)));
    }

    static Stream<Recipe> unnamed() {
        Recipe base = Recipe.fashionMnist();
        return Stream.of(
                views(LAMBDA),
                views(LAMBDA.withProbability(.5)),
                views(LAMBDA.withProbability(.5).withProbability(.5)),
                views(new Weighted(new double[] {1})),
                views(new Silent()),
                views(
                        new Operation() {
                            @Override
                            public void apply(Canvas canvas, SplitMix64 random) {}
                        }),
                base.withViews(base.views().withPlain(Augmentation.of(LAMBDA))),
                base.withViews(
                        new Views(
                                "x",
                                base.views().first(),
                                base.views().first().then(LAMBDA),
                                base.views().plain())),
                base.withPredictor(ClosedForm.by(f -> f)),
                base.withLoss(Loss.by((q, t) -> q.sub(t).abs().mean())),
                base.withLoss(Loss.ofViews(v -> v.q().get(0).mean())),
                base.withLoss(new OwnLoss(LAMBDA)),
                base.withOptimiser(new OwnOptimiser(new Silent())),
                base.withOptimiser(
                        OptimiserChoice.by("mine of " + new Silent(), (p, g, m) -> null)),
                base.withPredictor(new OwnChoice(LAMBDA)),
                base.withPredictor(new OwnChoice(new Object())),
                base.withPredictor(new OwnChoice(new Silent())),
                base.withPredictor(new OwnChoice(new int[2][2])),
                base.withPredictor(DirectPred.defaults().withEpsilon(new OwnSchedule(LAMBDA))),
                base.withLearningRateSchedule(new OwnSchedule(new Silent())),
                base.withLearningRateSchedule(new OwnSchedule(LAMBDA)),
                base.withEncoder(
                        Architecture.of(
                                "net " + new Silent(), NamesTest::block, new Shape(1, 28, 28))));
    }

    private static Block block() {
        return new SequentialBlock()
                .add(ai.djl.nn.Blocks.batchFlattenBlock())
                .add(Linear.builder().setUnits(4).build())
                .add(Activation::relu);
    }

    @ParameterizedTest
    @MethodSource("unnamed")
    void whatHasNoNameIsRefusedWhereAFolderOrAChildIsAskedFor(Recipe recipe) {
        assertThatThrownBy(() -> Pretraining.of(recipe).in(folder.resolve("run")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(folder.resolve("run").toString())
                .hasMessageContaining("name");
        // Without a folder it trains.
        assertThat(Pretraining.of(recipe).folder()).isEmpty();
        Ablation ablation =
                Ablation.named("a")
                        .withVariant(Setting.fashionMnist().variant("mine", r -> recipe));
        Path results = folder.resolve("ablation");
        assertThatThrownBy(() -> ablation.run(results))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'mine'");
        assertThat(results.resolve("ablation.json")).doesNotExist();
        assertThat(results.resolve("results.jsonl")).doesNotExist();
    }

    @Test
    void theMessageSaysHowAnOperationIsNamed() {
        assertThatThrownBy(() -> Pretraining.of(views(LAMBDA)).in(folder))
                .hasMessageContaining("views")
                .hasMessageContaining("$$Lambda")
                .hasMessageContaining("Operation.named(\"a name\", operation)");
    }

    @Test
    void whatHasANameIsTaken() {
        Operation named = Operation.named("invert", LAMBDA);
        assertThat(named).hasToString("invert");
        for (Recipe recipe :
                List.of(
                        Recipe.stl10(),
                        Recipe.cifar10(),
                        Recipe.fashionMnist(),
                        Recipe.stl10().withViews(Views.byolImageNet()),
                        Recipe.stl10().withViews(Views.simSiamImageNet()),
                        views(named),
                        views(named.withProbability(.5)),
                        views(named).withName("me@deadbeef.org"),
                        Recipe.fashionMnist()
                                .withLearningRateSchedule(
                                        Schedule.named("halved", step -> step < 9 ? 1 : .5)),
                        Recipe.fashionMnist().withLoss(Loss.by("mine", (q, t) -> q)),
                        Recipe.fashionMnist().withLoss(Loss.EUCLIDEAN),
                        Recipe.fashionMnist().withOptimiser(OptimiserChoice.lars()),
                        Recipe.fashionMnist()
                                .withPredictor(ClosedForm.by("a@b", f -> f.plus(.1))))) {
            assertThatCode(() -> Pretraining.of(recipe).in(folder))
                    .as(recipe.toString())
                    .doesNotThrowAnyException();
        }
        assertThat(views(named)).isEqualTo(views(Operation.named("invert", (c, r) -> {})));
    }

    @Test
    void viewsThatAFolderCouldNotDrawAgainAreRefusedThere() {
        ImageSource images = FashionMnist.embeddedTrain().first(64);
        int[] count = {0};
        Recipe counting =
                KilledRun.recipe()
                        .withViews(
                                Views.of(
                                        "mine",
                                        Augmentation.of(
                                                Operation.named(
                                                        "sometimes",
                                                        (c, r) ->
                                                                c.solarise(
                                                                        count[0]++ % 3 == 0
                                                                                ? 0
                                                                                : 300)))));
        RunOptions start = Pretraining.of(counting).onDevice("cpu");
        Path own = folder.resolve("run");
        assertThatThrownBy(() -> start.in(own).on(images))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the run's folder " + own)
                .hasMessageContaining("the operation \"sometimes\"");
        assertThat(own).doesNotExist();
        try (Pretraining run = start.on(images)) {
            assertThat(run.train(1)).isEqualTo(1);
        }
    }

    @Test
    void pairsWithoutANameAreRefused() {
        ViewPairs pairs = ViewPairs.of("mine of " + new Silent(), 2, epoch -> null);
        Recipe recipe = Recipe.fashionMnist();
        assertThatThrownBy(() -> Pretraining.of(recipe).onDevice("cpu").in(folder).on(pairs))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("images");
        assertThatThrownBy(() -> ViewPairs.of(" ", 2, epoch -> null)).hasMessageContaining("name");
        assertThatThrownBy(() -> Metric.of(" ", run -> 0)).hasMessageContaining("name");
        assertThatThrownBy(() -> Metric.of("x " + new Silent(), run -> 0))
                .hasMessageContaining("metric");
        assertThatThrownBy(() -> Operation.named(" ", LAMBDA)).hasMessageContaining("name");
        assertThatThrownBy(() -> Schedule.named(" ", step -> 1)).hasMessageContaining("name");
        assertThatThrownBy(() -> ClosedForm.by(" ", f -> f)).hasMessageContaining("name");
        assertThatThrownBy(() -> Loss.by(" ", (q, t) -> q)).hasMessageContaining("name");
        assertThatThrownBy(() -> Loss.ofViews(" ", v -> null)).hasMessageContaining("name");
        assertThatThrownBy(() -> Loss.by("COSINE", (q, t) -> q))
                .hasMessageContaining("Loss.COSINE")
                .hasMessageContaining("another name");
        assertThatThrownBy(() -> OptimiserChoice.by(" ", (p, g, m) -> null))
                .hasMessageContaining("name");
        assertThatThrownBy(() -> OptimiserChoice.by("SGD", (p, g, m) -> null))
                .hasMessageContaining("another name");
    }

    @Test
    void aFunctionThatGivesNullIsNamed() {
        ImageSource images = FashionMnist.embeddedTrain();
        Recipe recipe = Recipe.fashionMnist().withSteps(2);
        try (Pretraining run =
                Pretraining.of(recipe)
                        .onDevice("cpu")
                        .on(ViewPairs.of("my pairs", 2, epoch -> null))) {
            assertThatThrownBy(run::train).hasMessageContaining("my pairs");
        }
        try (Pretraining run =
                Pretraining.of(recipe)
                        .onDevice("cpu")
                        .on(
                                ViewPairs.of(
                                        "my pairs",
                                        2,
                                        epoch ->
                                                Collections.<ViewPair>singletonList(null)
                                                        .iterator()))) {
            assertThatThrownBy(run::train).hasMessageContaining("my pairs");
        }
        Operation sizeless =
                new Operation() {
                    @Override
                    public void apply(Canvas canvas, SplitMix64 random) {}

                    @Override
                    public Size size(Size input) {
                        return null;
                    }

                    @Override
                    public String toString() {
                        return "sizeless";
                    }
                };
        assertThatThrownBy(() -> Pretraining.of(views(sizeless)).onDevice("cpu").on(images).train())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sizeless");
        assertThatThrownBy(() -> views(null)).hasMessageContaining("operation 2");
        assertThatThrownBy(() -> Architecture.of("my net", () -> null, new Shape(1, 28, 28)))
                .hasMessageContaining("my net");
        assertThatThrownBy(
                        () ->
                                Pretraining.of(
                                                recipe.withPredictor(
                                                        new PredictorChoice() {
                                                            @Override
                                                            public Predictor create(
                                                                    int d,
                                                                    DataType type,
                                                                    long seed,
                                                                    NDManager manager) {
                                                                return null;
                                                            }

                                                            @Override
                                                            public String describe() {
                                                                return "my choice";
                                                            }
                                                        }))
                                        .onDevice("cpu")
                                        .on(images))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("my choice");
    }

    @Test
    void ofAnotherRecipeTheWordThatDiffersIsSaidAlone() {
        ImageSource images = FashionMnist.embeddedTrain().first(256);
        Recipe there = KilledRun.recipe().withSteps(2);
        try (Pretraining run = Pretraining.of(there).onDevice("cpu").in(folder).on(images)) {
            run.train();
        }
        Views views = there.views();
        List<Operation> operations = new ArrayList<>(views.first().operations());
        operations.set(1, new HorizontalFlip(.25));
        Recipe here =
                there.withViews(
                        new Views(
                                views.name(),
                                new Augmentation(operations, views.first().normalisation()),
                                views.second(),
                                views.plain()));
        assertThatThrownBy(() -> Pretraining.of(here).onDevice("cpu").in(folder).on(images))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("views.first.operations.1.probability is \"0.5\"")
                .hasMessageContaining("this one's is \"0.25\"")
                .message()
                .doesNotContain("RandomResizedCrop")
                .doesNotContain("second");
    }

    @Test
    void aFolderThatHasGoneFurtherThanTheRecipeIsRefused() {
        ImageSource images = FashionMnist.embeddedTrain().first(256);
        RunOptions start = Pretraining.of(KilledRun.recipe().withSteps(4)).onDevice("cpu");
        try (Pretraining run = start.in(folder).on(images)) {
            run.train();
        }
        assertThatThrownBy(
                        () ->
                                Pretraining.of(KilledRun.recipe().withSteps(3))
                                        .onDevice("cpu")
                                        .in(folder)
                                        .on(images))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("step-000000004.safetensors")
                .hasMessageContaining("4 steps")
                .hasMessageContaining("after 3");
        try (Pretraining run = start.in(folder).on(images)) {
            assertThat(run.step()).isEqualTo(4);
        }
    }

    /**
     * Every public way to hand a function to what a recipe or a run is made of: it takes a name
     * beside it, or is one of these, of which the tests above show that they are refused or that
     * nothing is kept by them.
     */
    @Test
    void everyFunctionThatARecipeCanReachTakesANameOrIsRefused() {
        Set<String> nameless = new TreeSet<>();
        for (Class<?> type : reachable()) {
            for (Executable way : ways(type)) {
                boolean function =
                        Arrays.stream(way.getGenericParameterTypes())
                                .flatMap(NamesTest::classes)
                                .anyMatch(NamesTest::isFunctional);
                boolean named =
                        Arrays.stream(way.getParameterTypes()).anyMatch(String.class::equals);
                if (function && !named) {
                    nameless.add(type.getSimpleName() + "." + way.getName());
                }
            }
        }
        assertThat(nameless)
                .containsExactlyInAnyOrder(
                        "Augmentation.of",
                        "Augmentation.org.directpred.image.Augmentation",
                        "Augmentation.then",
                        "ClosedForm.by",
                        "Loss.by",
                        "Loss.ofViews",
                        // Listeners change nothing, and nothing is kept of them.
                        "RunListener.ofEpochs",
                        "RunListener.ofSnapshots",
                        "RunListener.ofSteps",
                        // What a rule does inside.
                        "SpectralMatrix.map");
    }

    private static Stream<Executable> executables(Class<?> type) {
        return Stream.concat(
                Arrays.stream(type.getDeclaredMethods())
                        .filter(m -> !m.isBridge() && !m.isSynthetic()),
                Arrays.stream(type.getDeclaredConstructors()));
    }

    private static List<Executable> ways(Class<?> type) {
        return executables(type)
                .filter(e -> Modifier.isPublic(e.getModifiers()))
                .filter(e -> !isAbstractMethod(e))
                .toList();
    }

    private static boolean isAbstractMethod(Executable e) {
        return Modifier.isAbstract(e.getModifiers());
    }

    /** Public types of the library from a recipe and a run, by what their methods take. */
    private static Set<Class<?>> reachable() {
        Set<Class<?>> seen = new LinkedHashSet<>();
        Deque<Class<?>> next =
                new ArrayDeque<>(
                        List.of(
                                Recipe.class,
                                RunOptions.class,
                                DirectPred.class,
                                ClosedForm.class,
                                Metric.class,
                                ViewPairs.class,
                                Schedule.class));
        while (!next.isEmpty()) {
            Class<?> type = next.pop();
            if (!type.getName().startsWith("org.directpred.")
                    || !Modifier.isPublic(type.getModifiers())
                    || !seen.add(type)) {
                continue;
            }
            for (Executable way : ways(type)) {
                Arrays.stream(way.getGenericParameterTypes())
                        .flatMap(NamesTest::classes)
                        .forEach(next::add);
            }
        }
        return seen;
    }

    private static Stream<Class<?>> classes(Type type) {
        if (type instanceof Class<?> c) {
            return Stream.of(c.isArray() ? c.getComponentType() : c);
        } else if (type instanceof ParameterizedType p) {
            return Stream.concat(
                    classes(p.getRawType()),
                    Arrays.stream(p.getActualTypeArguments()).flatMap(NamesTest::classes));
        }
        return Stream.of();
    }

    /** An interface of one abstract method: what a lambda can be. */
    private static boolean isFunctional(Class<?> type) {
        return type.isInterface()
                && !type.isSealed()
                && !Map.class.isAssignableFrom(type)
                && !Iterable.class.isAssignableFrom(type)
                && Arrays.stream(type.getMethods())
                                .filter(m -> Modifier.isAbstract(m.getModifiers()))
                                .filter(m -> !isOfObject(m))
                                .count()
                        == 1;
    }

    private static boolean isOfObject(Method method) {
        return Arrays.stream(Object.class.getMethods())
                .anyMatch(m -> m.getName().equals(method.getName()));
    }

    @Test
    void aVariantsOwnSettingsAreLookedAtToo() {
        Ablation ablation =
                Ablation.named("a")
                        .withVariant(
                                new Variant(
                                        "x",
                                        Map.of("thing", new Silent().toString()),
                                        seed -> null));
        assertThatThrownBy(() -> ablation.run(folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'x'")
                .hasMessageContaining("thing");
    }
}
