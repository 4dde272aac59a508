package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.directpred.image.Augmentation;
import org.directpred.image.BlackBorderBlur;
import org.directpred.image.ByolJitter;
import org.directpred.image.Canvas;
import org.directpred.image.CentreCrop;
import org.directpred.image.ColourJitter;
import org.directpred.image.Filter;
import org.directpred.image.GaussianBlur;
import org.directpred.image.HorizontalFlip;
import org.directpred.image.Normalisation;
import org.directpred.image.Operation;
import org.directpred.image.PillowBlur;
import org.directpred.image.RandomGreyscale;
import org.directpred.image.RandomResizedCrop;
import org.directpred.image.Resize;
import org.directpred.image.Solarise;
import org.directpred.image.SplitMix64;
import org.directpred.image.Truncate;
import org.directpred.image.Views;
import org.directpred.loss.Loss;
import org.directpred.network.Architecture;
import org.directpred.network.Architecture.Stem;
import org.directpred.network.Layer;
import org.directpred.network.Projector;
import org.directpred.network.TwoLayerPredictor;
import org.directpred.optimise.OptimiserChoice;
import org.directpred.optimise.Schedule;
import org.directpred.predictor.ClosedForm;
import org.directpred.predictor.DirectCopy;
import org.directpred.predictor.DirectPred;
import org.directpred.predictor.DirectSet;
import org.directpred.predictor.LinearPredictor;
import org.directpred.predictor.NoPredictor;
import org.directpred.predictor.OptimalPredictor;
import org.directpred.predictor.PredictorChoice;
import org.directpred.predictor.RandomPartitions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A recipe's JSON holds all of it, and says what is wrong in it. */
class RecipeJsonTest {
    private static final ClosedForm RULE = ClosedForm.by("mine", f -> f.power(.5));
    private static final Loss LOSS = Loss.by("my loss", (q, t) -> q.sub(t).abs().mean());
    private static final Loss JOINT = Loss.ofViews("my joint loss", v -> v.q().get(0).mean());
    private static final Schedule SCHEDULE = Schedule.named("my schedule", step -> 1);
    private static final OptimiserChoice OPTIMISER =
            OptimiserChoice.by("my optimiser", (parameters, groups, manager) -> null);
    private static final Operation OPERATION = Operation.named("my operation", (c, r) -> {});
    private static Architecture encoder;

    /** Not made while this class begins: the block is made by another thread, which needs it. */
    private static synchronized Architecture encoder() {
        if (encoder == null) {
            encoder =
                    Architecture.of(
                            "my block",
                            () ->
                                    new SequentialBlock()
                                            .add(Blocks.batchFlattenBlock())
                                            .add(Linear.builder().setUnits(8).build()),
                            new Shape(1, 28, 28));
        }
        return encoder;
    }

    private static Object[] own() {
        return new Object[] {
            RULE, LOSS, JOINT, SCHEDULE, OPTIMISER, OPERATION, encoder(), new Shade(.3)
        };
    }

    /** An operation of a user with settings. */
    record Shade(double amount) implements Operation {
        @Override
        public void apply(Canvas canvas, SplitMix64 random) {}
    }

    private static Views views(Operation... operations) {
        return Views.of(
                "views, of \"mine\"",
                Augmentation.of(operations).withNormalisation(Normalisation.IMAGENET));
    }

    static Stream<Recipe> recipes() {
        Recipe r = Recipe.stl10();
        List<Recipe> all = new ArrayList<>(EarlierRecipes.all().values());
        all.removeIf(recipe -> recipe.name().equals("mine"));
        Schedule warm = Schedule.cosine().withWarmUpEpochs(.5).withStart(.1).withEveryEpoch();
        List<PredictorChoice> predictors =
                List.of(
                        DirectPred.defaults()
                                .withFormula(DirectPred.Formula.PAPER)
                                .withRho(Schedule.cosine())
                                .withEpsilon(warm),
                        DirectCopy.defaults().withNorm(DirectCopy.Norm.NONE).withEvery(3),
                        DirectSet.of(1 / 3.).withEpsilon(SCHEDULE),
                        LinearPredictor.sgd().withBias(),
                        new NoPredictor(),
                        OptimalPredictor.defaults().withRunningMean(),
                        RandomPartitions.of(4, DirectPred.defaults().withEpsilon(.2)),
                        new RandomPartitions(2, RULE.withRho(.7)),
                        TwoLayerPredictor.simSiam(),
                        RULE.withEvery(5).withCentring(true).withRunningMean(),
                        DirectSet.of(.25).closedForm().withEvery(2),
                        DirectCopy.defaults().closedForm().withCentring(true));
        predictors.forEach(choice -> all.add(r.withPredictor(choice)));
        List<Loss> losses = List.of(Loss.COSINE, Loss.EUCLIDEAN, LOSS, JOINT);
        losses.forEach(loss -> all.add(r.withLoss(loss)));
        List<Schedule> schedules = List.of(Schedule.constant(), warm, SCHEDULE);
        for (Schedule schedule : schedules) {
            all.add(r.withLearningRateSchedule(schedule));
            all.add(r.withPredictorLearningRateSchedule(schedule));
            all.add(r.withWeightDecaySchedule(schedule));
            all.add(r.withEmaSchedule(schedule));
        }
        List<OptimiserChoice> optimisers =
                List.of(
                        OptimiserChoice.sgd().withMomentum(.5).withNesterov(true),
                        OptimiserChoice.lars().withTrustCoefficient(2e-3),
                        OptimiserChoice.adamW().withBetas(.8, .95),
                        OPTIMISER);
        optimisers.forEach(optimiser -> all.add(r.withOptimiser(optimiser)));
        List<Target> targets =
                List.of(
                        new Target.None(),
                        new Target.Shared(FirstTarget.CODE),
                        new Target.MovingAverage(.99));
        targets.forEach(target -> all.add(r.withTarget(target)));
        List<Architecture> encoders =
                List.of(
                        Architecture.resNet(34, Stem.CIFAR_AS_CODED),
                        Architecture.small(3, 5),
                        new Architecture(
                                "handmade",
                                Layer.Sequence.numbered(
                                        new Layer.Convolution(
                                                1, 4, 3, 2, 1, Layer.Start.UNIFORM_FAN_IN),
                                        new Layer.BatchNorm(4, true),
                                        new Layer.Relu(),
                                        new Layer.MaxPool(2, 2, 0),
                                        new Layer.Residual(
                                                Layer.Sequence.numbered(
                                                        new Layer.Convolution(
                                                                4,
                                                                4,
                                                                3,
                                                                1,
                                                                1,
                                                                Layer.Start.NORMAL_FAN_OUT)),
                                                Layer.Sequence.empty()),
                                        new Layer.GlobalAveragePool(),
                                        new Layer.Linear(4, 6, true)),
                                1,
                                6),
                        encoder());
        encoders.forEach(encoder -> all.add(r.withEncoder(encoder)));
        all.add(
                r.withViews(
                        views(
                                        new BlackBorderBlur(5, .1, 2),
                                        new ByolJitter(.4, .4, .2, .1),
                                        new CentreCrop(20, 24),
                                        new ColourJitter(.4, .4, .2, .1),
                                        new GaussianBlur(9, .1, 2),
                                        new HorizontalFlip(1 / 3.),
                                        new PillowBlur(.1, 2),
                                        new RandomGreyscale(.2),
                                        RandomResizedCrop.to(28).withFilter(Filter.BICUBIC),
                                        new Resize(32, Filter.BILINEAR),
                                        new Solarise(128, .2),
                                        new Truncate(),
                                        OPERATION,
                                        OPERATION.withProbability(.5),
                                        new Shade(.3))
                                .withPlain(Augmentation.of(new Resize(30, Filter.BICUBIC)))));
        all.add(r.withGradientClipping(1.25).withPredictorWeightDecay(0).withSeed(Long.MIN_VALUE));
        all.add(r.withProjector(Projector.linear(64)).withFastestPrecision().withSteps(1L << 40));
        all.add(r.withLearningRate(Double.MIN_VALUE).withWeightDecay(Double.MAX_VALUE));
        all.add(r.withLearningRate(.1 + .2).withBatchSize(6).withGradientAccumulation(3));
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("recipes")
    void jsonHoldsAllOfARecipe(Recipe recipe) {
        Recipe back = Recipe.ofJson(recipe.json(), own());
        assertThat(back).isEqualTo(recipe).hasSameHashCodeAs(recipe);
        assertThat(back.json()).isEqualTo(recipe.json());
        assertThat(back.fields()).isEqualTo(recipe.fields());
    }

    /** Every value that a recipe may have is among those tested, a later one too. */
    @Test
    void everyKindOfValueHasJsonAndIsTested() {
        Set<String> written = new TreeSet<>();
        recipes().forEach(recipe -> collect(parse(recipe.json()), written));
        for (Kind<?> kind : RecipeJson.KINDS) {
            assertThat(written).containsAll(kind.typeNames());
        }
        Set<Class<?>> known =
                RecipeJson.KINDS.stream()
                        .flatMap(kind -> kind.records().values().stream())
                        .collect(Collectors.toSet());
        Set<String> unknown = new TreeSet<>();
        List<Class<?>> open =
                List.of(
                        PredictorChoice.class,
                        Loss.class,
                        Schedule.class,
                        OptimiserChoice.class,
                        Operation.class,
                        Layer.class,
                        Target.class,
                        Length.class);
        for (JavaClass type :
                new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages("org.directpred")) {
            boolean isValue = open.stream().anyMatch(type::isAssignableTo);
            if (isValue
                    && !type.isInterface()
                    && type.getModifiers().contains(JavaModifier.PUBLIC)
                    && !known.contains(type.reflect())) {
                unknown.add(type.getSimpleName());
            }
        }
        // A user's rule is written with its moving average, and a user's block by its name.
        assertThat(unknown).containsExactlyInAnyOrder("ClosedForm", "Custom");
    }

    private static void collect(JsonNode json, Set<String> types) {
        if (json.has("type")) {
            types.add(json.get("type").asText());
        }
        json.forEach(child -> collect(child, types));
    }

    private static JsonNode parse(String json) {
        try {
            return new ObjectMapper().readTree(json);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void jsonIsForReading() {
        JsonNode json = parse(Recipe.stl10().withDirectPred().json());
        assertThat(json.at("/version").asInt()).isEqualTo(1);
        assertThat(json.at("/method/predictor/type").asText()).isEqualTo("DirectPred");
        assertThat(json.at("/method/predictor/rho").asDouble()).isEqualTo(.3);
        assertThat(json.at("/optimisation/learningRate").asDouble()).isEqualTo(.03);
        assertThat(json.at("/encoder").toString())
                .isEqualTo("{\"type\":\"ResNet\",\"depth\":18,\"stem\":\"IMAGENET\"}");
        assertThat(json.at("/run/seed").asLong()).isEqualTo(1);
    }

    @Test
    void whatIsTheUsersOwnIsAskedForByItsName() {
        List<Recipe> own =
                List.of(
                        Recipe.stl10().withPredictor(RULE),
                        Recipe.stl10().withLoss(LOSS),
                        Recipe.stl10().withLearningRateSchedule(SCHEDULE),
                        Recipe.stl10().withOptimiser(OPTIMISER),
                        Recipe.stl10().withViews(views(OPERATION)),
                        Recipe.stl10().withEncoder(encoder()));
        List<String> said =
                List.of(
                        "ClosedForm.by(\"mine\", F -> ...)",
                        "Loss.by(\"my loss\", (q, t) -> ...)",
                        "Schedule.named(\"my schedule\", step -> factor)",
                        "OptimiserChoice.by(\"my optimiser\", factory)",
                        "Operation.named(\"my operation\", (canvas, random) -> ...)",
                        "my block");
        for (int i = 0; i < own.size(); i++) {
            String json = own.get(i).json();
            assertThatThrownBy(() -> Recipe.ofJson(json))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("give it too")
                    .hasMessageContaining(said.get(i));
        }
        assertThatThrownBy(() -> Recipe.ofJson(Recipe.stl10().json(), "mine"))
                .hasMessageContaining("String");
        assertThatThrownBy(
                        () ->
                                Recipe.ofJson(
                                        Recipe.stl10().json(),
                                        RULE,
                                        ClosedForm.by("mine", f -> f).withEvery(9)))
                .hasMessageContaining("two values of your own are called \"mine\"");
        assertThatThrownBy(() -> Recipe.stl10().withPredictor(ClosedForm.by(f -> f)).json())
                .hasMessageContaining("ClosedForm.by(\"a name\", rule)");
        assertThatThrownBy(() -> Recipe.stl10().withViews(views((c, r) -> {})).json())
                .hasMessageContaining("Operation.named");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"learningRate\" : 0.03|\"learningRat\" : 0.03|optimisation.\"learningRat\" is no field of a recipe; did you mean learningRate?",
                "\"batchSize\" :|\"batchsize\" :|did you mean batchSize?",
                "\"batchSize\" : 128,||data.batchSize is missing",
                "\"batchSize\" : 128|\"batchSize\" : 128, \"colour\" : 1|data.\"colour\" is no field of a recipe; the fields there are batchSize, lastBatch, views",
                "\"learningRate\" : 0.03|\"learningRate\" : \"fast\"|optimisation.learningRate must be a finite number, not \"fast\"",
                "\"learningRate\" : 0.03|\"learningRate\" : NaN|optimisation.learningRate must be a finite number, not \"NaN\"",
                "\"learningRate\" : 0.03|\"learningRate\" : 1e999|optimisation.learningRate must be a finite number",
                "\"learningRate\" : 0.03|\"learningRate\" : -1|optimisation: learningRate must be above 0 and finite, not -1.0",
                "\"learningRate\" : 0.03|\"learningRate\" : null|optimisation.learningRate must be a finite number, not \"null\"",
                "\"batchSize\" : 128|\"batchSize\" : 128.5|data.batchSize must be a whole number",
                "\"batchSize\" : 128|\"batchSize\" : 3000000000|data.batchSize must be a whole number of 32 bits",
                "\"batchSize\" : 128|\"batchSize\" : 1|data: batchSize must be at least 2, not 1",
                "\"seed\" : 1|\"seed\" : 1e30|run.seed must be a whole number of 64 bits",
                "\"symmetric\" : true|\"symmetric\" : 1|method.symmetric must be true or false, not \"1\"",
                "\"type\" : \"DirectPred\"|\"type\" : \"DirectPre\"|method.predictor.type \"DirectPre\" is none of",
                "\"rho\" : 0.3|\"rho\" : 1.5|method.predictor: rho",
                "\"rho\" : 0.3|\"roh\" : 0.3|method.predictor.\"roh\" is no field of a recipe; did you mean rho?",
                "\"formula\" : \"CODE\"|\"formula\" : \"COD\"|method.predictor.formula must be one of CODE, PAPER, not \"COD\"; did you mean CODE?",
                "\"m\" : 0.996|\"m\" : 1.5|method.target: ema",
                "\"version\" : 1|\"version\" : 2|version is 2, and this library reads recipes of version 1",
                "\"version\" : 1,||version is missing",
                "\"operations\" : [ {|\"operations\" : [ 7, {|data.views.first.operations.0 must be an object",
                "\"seed\" : 1|\"seed\" : 1, \"seed\" : 2|Duplicate field 'seed'",
                "\"name\" : \"STL-10\"|\"name\" : 5|name must be a text, not \"5\"",
            })
    void whatIsWrongIsNamed(String before, String after, String message) {
        String json = Recipe.stl10().withDirectPred().json();
        assertThat(json).contains(before);
        String wrong =
                json.replaceFirst(
                        java.util.regex.Pattern.quote(before),
                        after == null ? "" : java.util.regex.Matcher.quoteReplacement(after));
        assertThatThrownBy(() -> Recipe.ofJson(wrong))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void jsonThatEndsTooEarlyIsRefusedWhereverItEnds() {
        String json = Recipe.stl10().json();
        for (int end = 0; end < json.length(); end++) {
            String cut = json.substring(0, end);
            assertThatThrownBy(() -> Recipe.ofJson(cut))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        int middle = json.indexOf("\"learningRate\"") + 18;
        assertThatThrownBy(() -> Recipe.ofJson(json.substring(0, middle)))
                .hasMessageContaining("optimisation.learningRate");
        assertThatThrownBy(() -> Recipe.ofJson(json + "{}")).hasMessageContaining("follows");
        assertThatThrownBy(() -> Recipe.ofJson("[1]")).hasMessageContaining("is an object");
        assertThatThrownBy(() -> Recipe.ofJson("")).hasMessageContaining("object");
    }

    /** Whatever is put in place of a value, it is read or refused in words. */
    @Test
    void noValueMakesAnotherKindOfError() {
        JsonNode whole = parse(Recipe.byolImageNet().withDirectPred().json());
        List<Map.Entry<String, String>> places = new ArrayList<>();
        paths(whole, "", places);
        assertThat(places).hasSizeGreaterThan(100);
        List<String> values = List.of("null", "-1", "0.5", "\"x\"", "true", "[]", "{}", "1e400");
        for (Map.Entry<String, String> place : places) {
            for (String value : values) {
                var copy = (com.fasterxml.jackson.databind.node.ObjectNode) whole.deepCopy();
                JsonNode parent = copy.at(place.getKey());
                if (parent instanceof com.fasterxml.jackson.databind.node.ObjectNode object) {
                    object.set(place.getValue(), parse(value));
                }
                try {
                    Recipe.ofJson(copy.toString());
                } catch (IllegalArgumentException e) {
                    assertThat(e.getMessage()).isNotBlank();
                }
            }
        }
    }

    private static void paths(JsonNode json, String path, List<Map.Entry<String, String>> all) {
        json.fieldNames().forEachRemaining(name -> all.add(Map.entry(path, name)));
        json.properties()
                .forEach(field -> paths(field.getValue(), path + "/" + field.getKey(), all));
        for (int i = 0; json.isArray() && i < json.size(); i++) {
            paths(json.get(i), path + "/" + i, all);
        }
    }
}
