package org.directpred.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.directpred.loss.Loss;
import org.directpred.network.Architecture;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.network.Layer;
import org.directpred.network.Projector;
import org.directpred.optimise.OptimiserChoice;
import org.directpred.optimise.Schedule;
import org.directpred.tensor.SafeTensorsHeader;
import org.directpred.train.Recipe.PredictorDecay;

/**
 * The recipe of a checkpoint that was written before recipes had JSON: read from its flat fields. A
 * recipe is given back only if it has the very fields again.
 */
final class EarlierRecipe {
    private static final Pattern HEAD =
            Pattern.compile(
                    "head\\d+-((?:\\d+-)+)(\\d+)(-affine)?(-no-bias|-no-output-bias|-no-hidden-bias)?(-normalised)?");
    private static final Pattern LINEAR =
            Pattern.compile("linear\\d+-(\\d+)(-no-bias)?(-normalised)?");
    private static final Pattern SMALL = Pattern.compile("small(\\d{1,6})");

    private final Path file;
    private final Map<String, String> fields;
    private final OwnValues own;

    private EarlierRecipe(Path file, Map<String, String> fields, OwnValues own) {
        this.file = file;
        this.fields = fields;
        this.own = own;
    }

    /**
     * Reads the recipe.
     *
     * @param fields those of the checkpoint, completed
     * @throws IllegalArgumentException naming the field that cannot be read, or what of one's own
     *     is to be given
     */
    static Recipe of(Path file, Map<String, String> fields, Object... own) {
        Recipe recipe = new EarlierRecipe(file, fields, RecipeJson.own(own)).recipe();
        Map<String, String> now = recipe.fields();
        fields.forEach(
                (field, value) -> {
                    if (!value.equals(now.get(field))) {
                        throw unreadable(field, value, null);
                    }
                });
        return recipe;
    }

    private Recipe recipe() {
        Projector projector = field("projector", EarlierRecipe::projector);
        EarlierText text = new EarlierText(own);
        return new Recipe(
                field("name", name -> name),
                field("encoder", name -> encoder(name, projector)),
                projector,
                new Method(
                        field("predictor", text::predictor),
                        target(text),
                        field("loss", this::loss),
                        field("symmetricLoss", EarlierRecipe::flag)),
                optimisation(text),
                new Data(
                        field("views", text::views),
                        field("batchSize", Integer::parseInt),
                        field("lastBatch", LastBatch::valueOf)),
                field("length", EarlierRecipe::length),
                new Run(
                        field("seed", Long::parseLong),
                        field(
                                "precision",
                                name ->
                                        name.equals("the fastest")
                                                ? Optional.empty()
                                                : Optional.of(Precision.valueOf(name))),
                        Presets.stl10().run().diagnosticsEvery()));
    }

    private Target target(EarlierText text) {
        if (!field("stopGradient", EarlierRecipe::flag)) {
            return new Target.None();
        }
        double m = field("ema", Double::parseDouble);
        FirstTarget first = field("firstTarget", FirstTarget::valueOf);
        return m == 0
                ? new Target.Shared(first)
                : new Target.MovingAverage(
                        m,
                        field("emaSchedule", text::emaSchedule),
                        field("targetCopied", EarlierRecipe::flag),
                        first);
    }

    private Optimisation optimisation(EarlierText text) {
        double momentum = field("momentum", Double::parseDouble);
        double factor = field("predictorLearningRateFactor", Double::parseDouble);
        double weightDecay = field("weightDecay", Double::parseDouble);
        double predictors = field("predictorWeightDecay", Double::parseDouble);
        return new Optimisation(
                field(
                        "algorithm",
                        name ->
                                switch (name) {
                                    case "SGD" ->
                                            OptimiserChoice.sgd()
                                                    .withMomentum(momentum)
                                                    .withNesterov(
                                                            field("nesterov", EarlierRecipe::flag));
                                    case "LARS" ->
                                            OptimiserChoice.lars()
                                                    .withMomentum(momentum)
                                                    .withTrustCoefficient(
                                                            field(
                                                                    "trustCoefficient",
                                                                    Double::parseDouble));
                                    default -> throw new IllegalArgumentException(name);
                                }),
                field("learningRate", Double::parseDouble),
                field("learningRateSchedule", text::schedule),
                weightDecay,
                Schedule.constant(),
                field("excludeVectors", EarlierRecipe::flag),
                field("accumulation", Integer::parseInt),
                field(
                        "gradientClipping",
                        norm ->
                                norm.equals("none")
                                        ? OptionalDouble.empty()
                                        : OptionalDouble.of(Double.parseDouble(norm))),
                new PredictorRates(
                        factor,
                        field(
                                "predictorLearningRateSchedule",
                                words ->
                                        words.equals(RecipeFields.THE_NETWORKS)
                                                ? Optional.<Schedule>empty()
                                                : Optional.of(text.schedule(words))),
                        // The field is what the optimiser got, after the convention.
                        predictors == weightDecay
                                ? OptionalDouble.empty()
                                : OptionalDouble.of(predictors),
                        PredictorDecay.TORCH,
                        field("decoupledPredictorDecay", Double::parseDouble)));
    }

    private Loss loss(String name) {
        return switch (name) {
            case "COSINE" -> Loss.COSINE;
            case "EUCLIDEAN" -> Loss.EUCLIDEAN;
            default -> own.find(RecipeJson.kind(Loss.class), name, "loss");
        };
    }

    private static Length length(String words) {
        String[] parts = words.split(" ", 2);
        return parts[1].equals("epochs")
                ? new Length.Epochs(Integer.parseInt(parts[0]))
                : new Length.Steps(Long.parseLong(parts[0]));
    }

    private static boolean flag(String text) {
        if (!text.equals("true") && !text.equals("false")) {
            throw new IllegalArgumentException(text);
        }
        return text.equals("true");
    }

    static Projector projector(String name) {
        Matcher head = HEAD.matcher(name);
        if (head.matches()) {
            // Each width has its stroke behind it, so that the last text is empty.
            String[] widths = head.group(1).split("-", -1);
            String biases = head.group(4) == null ? "" : head.group(4);
            boolean none = biases.equals("-no-bias");
            return new Projector(
                    OptionalInt.of(Integer.parseInt(widths[0])),
                    Integer.parseInt(head.group(2)),
                    !none && !biases.equals("-no-hidden-bias"),
                    head.group(3) != null,
                    !none && !biases.equals("-no-output-bias"),
                    widths.length - 1,
                    head.group(5) != null);
        }
        Matcher linear = LINEAR.matcher(name);
        if (linear.matches()) {
            boolean bias = linear.group(2) == null;
            return new Projector(
                    OptionalInt.empty(),
                    Integer.parseInt(linear.group(1)),
                    bias,
                    false,
                    bias,
                    1,
                    linear.group(3) != null);
        }
        throw new IllegalArgumentException(name);
    }

    private Architecture encoder(String name, Projector projector) {
        Matcher small = SMALL.matcher(name);
        if (small.matches()) {
            int width = Integer.parseInt(small.group(1));
            long weights = weights();
            // The name does not say how many channels the images have; the weights do.
            return IntStream.rangeClosed(1, 4)
                    .mapToObj(channels -> Architecture.small(channels, width))
                    .filter(
                            encoder ->
                                    weights(encoder.layers())
                                                    + weights(
                                                            projector
                                                                    .on(encoder.outputs())
                                                                    .layers())
                                            == weights)
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(name));
        }
        return EncoderForm.resNets()
                .map(EncoderForm.ResNet::architecture)
                .filter(encoder -> encoder.name().equals(name))
                .findFirst()
                .orElseGet(() -> own.find(RecipeJson.kind(Architecture.class), name, "encoder"));
    }

    /** How many weights the checkpoint's online network has. */
    private long weights() {
        try {
            return SafeTensorsHeader.read(file).entries().stream()
                    .filter(entry -> entry.name().equals("online.weights"))
                    .mapToLong(entry -> entry.shape().size())
                    .sum();
        } catch (IOException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static long weights(Layer layer) {
        if (layer instanceof Layer.Convolution c) {
            return (long) c.in() * c.out() * c.kernel() * c.kernel();
        }
        if (layer instanceof Layer.Linear l) {
            return (long) l.in() * l.out() + (l.bias() ? l.out() : 0);
        }
        if (layer instanceof Layer.BatchNorm norm) {
            return norm.affine() ? 2L * norm.channels() : 0;
        }
        return layer instanceof Layer.Sequence sequence
                ? sequence.children().stream().mapToLong(child -> weights(child.layer())).sum()
                : 0;
    }

    private <T> T field(String name, Function<String, T> read) {
        String text = fields.get(name);
        if (text == null) {
            throw new IllegalArgumentException("its field " + name + " is missing");
        }
        try {
            return read.apply(text);
        } catch (RecordJson.Refused e) {
            throw e;
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            throw unreadable(name, text, e);
        }
    }

    private static RecordJson.Refused unreadable(
            String field, String value, RuntimeException cause) {
        return new RecordJson.Refused(
                "its field %s is %s, which this version cannot read: write the recipe by hand"
                        .formatted(field, UnreadableLine.brief(value)),
                cause);
    }
}
