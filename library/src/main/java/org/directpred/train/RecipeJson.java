package org.directpred.train;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.directpred.image.BlackBorderBlur;
import org.directpred.image.ByolJitter;
import org.directpred.image.CentreCrop;
import org.directpred.image.ColourJitter;
import org.directpred.image.GaussianBlur;
import org.directpred.image.HorizontalFlip;
import org.directpred.image.Operation;
import org.directpred.image.PillowBlur;
import org.directpred.image.RandomApply;
import org.directpred.image.RandomGreyscale;
import org.directpred.image.RandomResizedCrop;
import org.directpred.image.Resize;
import org.directpred.image.Solarise;
import org.directpred.image.Truncate;
import org.directpred.loss.Loss;
import org.directpred.network.Architecture;
import org.directpred.network.Layer;
import org.directpred.network.TwoLayerPredictor;
import org.directpred.optimise.AdamWChoice;
import org.directpred.optimise.ConstantRate;
import org.directpred.optimise.LarsChoice;
import org.directpred.optimise.OptimiserChoice;
import org.directpred.optimise.Schedule;
import org.directpred.optimise.SgdChoice;
import org.directpred.optimise.WarmUpCosine;
import org.directpred.predictor.ClosedForm;
import org.directpred.predictor.DirectCopy;
import org.directpred.predictor.DirectPred;
import org.directpred.predictor.DirectSet;
import org.directpred.predictor.LinearPredictor;
import org.directpred.predictor.NoPredictor;
import org.directpred.predictor.OptimalPredictor;
import org.directpred.predictor.PredictorChoice;
import org.directpred.predictor.RandomPartitions;

/** A recipe as JSON, of a version, and back. */
final class RecipeJson {
    static final int VERSION = 1;
    private static final String VERSION_FIELD = "version";

    private static final ObjectMapper JSON =
            JsonMapper.builder()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    // NaN and infinity are read to be refused by their field.
                    .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                    .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
                    .build();

    private static final Kind<PredictorChoice> PREDICTORS = predictors();

    /** All open sets of values in a recipe. */
    static final List<Kind<?>> KINDS =
            List.of(
                    PREDICTORS,
                    Kind.of(
                                    Architecture.class,
                                    Architecture::name,
                                    "the Architecture.of(..., block, shape) that prints the name %s")
                            .with(
                                    EncoderForm.ResNet.class,
                                    EncoderForm.Small.class,
                                    EncoderForm.Layers.class)
                            .by(
                                    EncoderForm::of,
                                    (form, own, path) -> ((EncoderForm) form).architecture()),
                    Kind.of(Layer.class, Layer::toString, "the layer %s")
                            .with(
                                    Layer.Convolution.class,
                                    Layer.BatchNorm.class,
                                    Layer.Relu.class,
                                    Layer.MaxPool.class,
                                    Layer.GlobalAveragePool.class,
                                    Layer.Linear.class,
                                    Layer.Residual.class,
                                    Layer.Sequence.class),
                    Kind.of(Target.class, Target::toString, "the target %s")
                            .with(
                                    Target.None.class,
                                    Target.Shared.class,
                                    Target.MovingAverage.class),
                    Kind.of(Loss.class, Loss::describe, "Loss.by(\"%s\", (q, t) -> ...)")
                            .withConstant("COSINE", Loss.COSINE)
                            .withConstant("EUCLIDEAN", Loss.EUCLIDEAN),
                    Kind.of(
                                    OptimiserChoice.class,
                                    OptimiserChoice::describe,
                                    "OptimiserChoice.by(\"%s\", factory)")
                            .with("SGD", SgdChoice.class)
                            .with("LARS", LarsChoice.class)
                            .with("AdamW", AdamWChoice.class),
                    Kind.of(
                                    Schedule.class,
                                    Schedule::describe,
                                    "Schedule.named(\"%s\", step -> factor)")
                            .with("Constant", ConstantRate.class)
                            .with(WarmUpCosine.class),
                    Kind.of(Length.class, Length::toString, "the length %s")
                            .with(Length.Epochs.class, Length.Steps.class),
                    Kind.of(
                                    Operation.class,
                                    Operation::toString,
                                    "Operation.named(\"%s\", (canvas, random) -> ...)")
                            .with(
                                    BlackBorderBlur.class,
                                    ByolJitter.class,
                                    CentreCrop.class,
                                    ColourJitter.class,
                                    GaussianBlur.class,
                                    HorizontalFlip.class,
                                    PillowBlur.class,
                                    RandomGreyscale.class,
                                    RandomResizedCrop.class,
                                    Resize.class,
                                    Solarise.class,
                                    RandomApply.class,
                                    Truncate.class));

    private static final RecordJson RECORDS = new RecordJson(KINDS);

    private RecipeJson() {}

    private static Kind<PredictorChoice> predictors() {
        Kind<PredictorChoice> kind =
                Kind.of(
                        PredictorChoice.class,
                        choice ->
                                choice instanceof ClosedForm rule ? rule.name() : choice.describe(),
                        "ClosedForm.by(\"%s\", F -> ...)");
        return kind.with(
                        DirectPred.class,
                        DirectCopy.class,
                        DirectSet.class,
                        LinearPredictor.class,
                        NoPredictor.class,
                        OptimalPredictor.class,
                        RandomPartitions.class,
                        TwoLayerPredictor.class)
                .with("ClosedForm", RuleForm.class)
                .by(
                        choice ->
                                choice instanceof ClosedForm rule
                                        ? Optional.of(RuleForm.of(rule))
                                        : kind.itself(choice),
                        (form, own, path) ->
                                form instanceof RuleForm rule
                                        ? rule.closedForm(kind, own, path)
                                        : (PredictorChoice) form);
    }

    /** An open set of values. */
    @SuppressWarnings("unchecked")
    static <T> Kind<T> kind(Class<T> type) {
        return (Kind<T>) RECORDS.kind(type).orElseThrow();
    }

    /** A user's values. */
    static OwnValues own(Object... own) {
        return new OwnValues(RECORDS, own);
    }

    /** A part of a recipe. */
    static Object read(JsonNode json, Class<?> type, String path, OwnValues own) {
        return RECORDS.read(json, type, path, own);
    }

    static String write(Recipe recipe) {
        recipe.requireNames("the recipe's JSON");
        ObjectNode all = JSON.createObjectNode().put(VERSION_FIELD, VERSION);
        all.setAll((ObjectNode) RECORDS.write(recipe, Recipe.class));
        try {
            return JSON.writeValueAsString(all);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * A recipe of its JSON.
     *
     * @throws IllegalArgumentException naming the field
     */
    static Recipe read(String text, Object... own) {
        Objects.requireNonNull(text, "json");
        OwnValues values = own(own);
        if (!(parse(text) instanceof ObjectNode all)) {
            throw new IllegalArgumentException(
                    "a recipe's JSON is an object, {\"version\": %d, \"name\": ...}, not %s"
                            .formatted(VERSION, UnreadableLine.brief(text)));
        }
        requireVersion(all.remove(VERSION_FIELD));
        return (Recipe) RECORDS.read(all, Recipe.class, "", values);
    }

    private static void requireVersion(JsonNode version) {
        if (version == null) {
            throw new IllegalArgumentException(
                    "version is missing: a recipe's JSON begins with \"version\": " + VERSION);
        }
        if (!version.isIntegralNumber() || version.intValue() != VERSION) {
            throw new IllegalArgumentException(
                    "version is %s, and this library reads recipes of version %d: write the recipe anew by json(), or use the library that wrote it"
                            .formatted(version, VERSION));
        }
    }

    private static JsonNode parse(String text) {
        try (JsonParser parser = JSON.createParser(text)) {
            try {
                JsonNode tree = JSON.readTree(parser);
                if (parser.nextToken() != null) {
                    throw new IllegalArgumentException(
                            "a recipe's JSON ends with its last bracket, and something follows it");
                }
                return tree;
            } catch (JsonProcessingException e) {
                String at = parser.getParsingContext().pathAsPointer().toString();
                throw new IllegalArgumentException(
                        "the recipe's JSON cannot be read%s (line %d): %s"
                                .formatted(
                                        at.isEmpty()
                                                ? ""
                                                : " at " + at.substring(1).replace('/', '.'),
                                        e.getLocation() == null ? 1 : e.getLocation().getLineNr(),
                                        e.getOriginalMessage()),
                        e);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
