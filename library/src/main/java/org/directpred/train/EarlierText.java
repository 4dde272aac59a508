package org.directpred.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.directpred.image.Operation;
import org.directpred.image.Views;
import org.directpred.network.TwoLayerPredictor;
import org.directpred.optimise.Schedule;
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

/** Predictors, schedules and views from the lines that they print. */
final class EarlierText {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final String NUMBER = "(-?[0-9.]+(?:E-?[0-9]+)?)";
    private static final String SCHEDULE = "(?: \\((.*?)\\))?";
    private static final Pattern COSINE =
            Pattern.compile(
                    "cosine( by epochs)?(?: after a warm-up of "
                            + NUMBER
                            + " (steps|epochs)(?: from "
                            + NUMBER
                            + ")?)?");
    private static final Pattern RULE =
            Pattern.compile(
                    "(.*), (?:rho "
                            + NUMBER
                            + SCHEDULE
                            + "|running mean), every (\\d+)(, centred)?(, restarting)?(, kept symmetric)?");
    private static final Pattern DIRECT_PRED =
            Pattern.compile(
                    "DirectPred \\((code's|paper's) formula, epsilon "
                            + NUMBER
                            + SCHEDULE
                            + "( inside)?(, diagonal only)?\\)");
    private static final Pattern DIRECT_COPY =
            Pattern.compile(
                    "DirectCopy \\((Frobenius norm|spectral norm|not normalised), epsilon "
                            + NUMBER
                            + SCHEDULE
                            + "\\)");
    private static final Pattern DIRECT_SET =
            Pattern.compile(
                    "DirectSet \\(alpha " + NUMBER + ", epsilon " + NUMBER + SCHEDULE + "\\)");
    private static final Pattern OPTIMAL =
            Pattern.compile("optimal \\((.*), ridge " + NUMBER + "( of the mean eigenvalue)?\\)");
    private static final Pattern PARTITIONS = Pattern.compile("(\\d+) random partitions of (.*)");
    private static final Pattern TWO_LAYERS = Pattern.compile("two layers, hidden (\\d+).*");

    private final OwnValues own;

    EarlierText(OwnValues own) {
        this.own = own;
    }

    /** A schedule by its words. */
    Schedule schedule(String words) {
        if (words == null || words.equals(Schedule.constant().describe())) {
            return Schedule.constant();
        }
        Matcher cosine = COSINE.matcher(words);
        if (!cosine.matches()) {
            return own.find(RecipeJson.kind(Schedule.class), words, "the schedule");
        }
        WarmUpCosine schedule = Schedule.cosine();
        if (cosine.group(2) != null) {
            double length = Double.parseDouble(cosine.group(2));
            schedule =
                    cosine.group(3).equals("steps")
                            ? schedule.withWarmUpSteps((long) length)
                            : schedule.withWarmUpEpochs(length);
        }
        if (cosine.group(4) != null) {
            schedule = schedule.withStart(Double.parseDouble(cosine.group(4)));
        }
        return cosine.group(1) == null ? schedule : schedule.withEveryEpoch();
    }

    /** A moving average's schedule by its name. */
    Schedule emaSchedule(String name) {
        return switch (name) {
            case "CONSTANT" -> Schedule.constant();
            case "COSINE" -> Schedule.cosine();
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** A predictor by its line. */
    PredictorChoice predictor(String line) {
        Matcher partitions = PARTITIONS.matcher(line);
        if (partitions.matches()) {
            return new RandomPartitions(
                    Integer.parseInt(partitions.group(1)), closedForm(partitions.group(2)));
        }
        return trained()
                .filter(choice -> choice.describe().equals(line))
                .findFirst()
                .or(() -> twoLayers(line).filter(c -> c.describe().equals(line)).findFirst())
                .orElseGet(() -> ruled(line));
    }

    private static Stream<PredictorChoice> trained() {
        return Stream.of(
                new NoPredictor(),
                new LinearPredictor(false, false),
                new LinearPredictor(false, true),
                new LinearPredictor(true, false),
                new LinearPredictor(true, true));
    }

    private static Stream<PredictorChoice> twoLayers(String line) {
        Matcher words = TWO_LAYERS.matcher(line);
        if (!words.matches()) {
            return Stream.empty();
        }
        int hidden = Integer.parseInt(words.group(1));
        return IntStream.range(0, 16)
                .mapToObj(
                        i ->
                                new TwoLayerPredictor(
                                        hidden,
                                        (i & 1) == 0,
                                        (i & 2) == 0,
                                        (i & 4) != 0,
                                        (i & 8) != 0));
    }

    private ClosedForm closedForm(String line) {
        PredictorChoice choice = ruled(line);
        return choice instanceof DirectPred rule
                ? rule.closedForm()
                : choice instanceof DirectCopy copy
                        ? copy.closedForm()
                        : choice instanceof DirectSet set ? set.closedForm() : (ClosedForm) choice;
    }

    private PredictorChoice ruled(String line) {
        Matcher rule = RULE.matcher(line);
        if (!rule.matches()) {
            return own.find(RecipeJson.kind(PredictorChoice.class), line, "the predictor");
        }
        String name = rule.group(1);
        OptionalDouble rho =
                rule.group(2) == null
                        ? OptionalDouble.empty()
                        : OptionalDouble.of(Double.parseDouble(rule.group(2)));
        Schedule rhoSchedule = schedule(rule.group(3));
        int every = Integer.parseInt(rule.group(4));
        boolean centred = rule.group(5) != null;
        Matcher words = DIRECT_PRED.matcher(name);
        if (words.matches()) {
            return new DirectPred(
                    rho.orElseThrow(),
                    Double.parseDouble(words.group(2)),
                    every,
                    words.group(1).equals("code's")
                            ? DirectPred.Formula.CODE
                            : DirectPred.Formula.PAPER,
                    words.group(4) == null
                            ? DirectPred.Placement.OUTSIDE
                            : DirectPred.Placement.INSIDE,
                    centred,
                    words.group(5) != null,
                    rhoSchedule,
                    schedule(words.group(3)));
        }
        words = DIRECT_COPY.matcher(name);
        if (words.matches()) {
            return new DirectCopy(
                    rho.orElseThrow(),
                    Double.parseDouble(words.group(2)),
                    every,
                    switch (words.group(1)) {
                        case "Frobenius norm" -> DirectCopy.Norm.FROBENIUS;
                        case "spectral norm" -> DirectCopy.Norm.SPECTRAL;
                        default -> DirectCopy.Norm.NONE;
                    },
                    centred,
                    rhoSchedule,
                    schedule(words.group(3)));
        }
        words = DIRECT_SET.matcher(name);
        if (words.matches()) {
            return new DirectSet(
                    Double.parseDouble(words.group(1)),
                    rho.orElseThrow(),
                    Double.parseDouble(words.group(2)),
                    every,
                    centred,
                    rhoSchedule,
                    schedule(words.group(3)));
        }
        words = OPTIMAL.matcher(name);
        if (words.matches()) {
            OptimalPredictor.Solver solver =
                    OptimalPredictor.Solver.valueOf(
                            words.group(1).toUpperCase(Locale.ROOT).replace(' ', '_'));
            return new OptimalPredictor(
                    rho,
                    Double.parseDouble(words.group(2)),
                    words.group(3) == null
                            ? OptimalPredictor.Scaling.ABSOLUTE
                            : OptimalPredictor.Scaling.MEAN_EIGENVALUE,
                    solver,
                    every,
                    rule.group(6) != null,
                    // Set after every step, it has no step in between in which it could differ.
                    rule.group(7) != null
                            || (every == 1 && solver == OptimalPredictor.Solver.LYAPUNOV),
                    rhoSchedule);
        }
        PredictorChoice users =
                own.find(RecipeJson.kind(PredictorChoice.class), name, "the predictor");
        return users instanceof ClosedForm form
                ? new ClosedForm(name, form.rule(), rho, rhoSchedule, every, centred)
                : users;
    }

    /** Views by their text, which names every operation. */
    Views views(String text) {
        return Stream.of(
                        Views.fashionMnist(),
                        Views.stl10(),
                        Views.stl10AsCoded(),
                        Views.cifar(),
                        Views.byolImageNet(),
                        Views.byolImageNetAsCoded(),
                        Views.simSiamImageNet(),
                        Views.simSiamImageNetAsCoded())
                .filter(views -> views.toString().equals(text))
                .findFirst()
                .orElseGet(() -> parsed(text));
    }

    private Views parsed(String text) {
        String begin = "Views[name=";
        int first = text.indexOf(", first=Augmentation[");
        if (!text.startsWith(begin) || first < 0 || !text.endsWith("]")) {
            throw new IllegalArgumentException(text);
        }
        ObjectNode json = JSON.objectNode().put("name", text.substring(begin.length(), first));
        fields(json, text.substring(first + 2, text.length() - 1));
        return (Views) RecipeJson.read(json, Views.class, "views", own);
    }

    private static void fields(ObjectNode object, String inside) {
        for (String part : parts(inside)) {
            int equals = part.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException(part);
            }
            String name = part.substring(0, equals);
            String value = part.substring(equals + 1);
            object.set(name, json(value, name.equals("operation")));
        }
    }

    private static final Set<String> PLAIN = Set.of("Augmentation", "Normalisation");

    private static JsonNode json(String text, boolean operation) {
        int open = text.indexOf('[');
        if (open == 0 && text.endsWith("]")) {
            ArrayNode list = JSON.arrayNode();
            for (String part : parts(text.substring(1, text.length() - 1))) {
                boolean number = part.matches(NUMBER);
                list.add(json(part, !number));
            }
            return list;
        }
        if (text.matches("[A-Za-z]+\\[.*\\]")) {
            String name = text.substring(0, open);
            ObjectNode object = JSON.objectNode();
            if (!PLAIN.contains(name)) {
                String type = OlderRecipes.typeName(name);
                if (!RecipeJson.kind(Operation.class).records().containsKey(type)) {
                    return own(text);
                }
                object.put(RecordJson.TYPE, type);
            }
            fields(object, text.substring(open + 1, text.length() - 1));
            return object;
        }
        if (operation) {
            return own(text);
        }
        if (text.matches("-?\\d+")) {
            return JSON.numberNode(Long.parseLong(text));
        }
        return text.matches(NUMBER)
                ? JSON.numberNode(Double.parseDouble(text))
                : JSON.textNode(text);
    }

    private static ObjectNode own(String name) {
        return JSON.objectNode().put(RecordJson.TYPE, RecordJson.OWN).put(RecordJson.NAME, name);
    }

    /** What lies between commas outside every bracket. */
    private static List<String> parts(String inside) {
        List<String> parts = new ArrayList<>();
        int depth = 0;
        int from = 0;
        for (int i = 0; i < inside.length(); i++) {
            char c = inside.charAt(i);
            depth += c == '[' ? 1 : c == ']' ? -1 : 0;
            if (depth == 0 && inside.startsWith(", ", i)) {
                parts.add(inside.substring(from, i));
                from = i + 2;
            }
        }
        if (!inside.isEmpty()) {
            parts.add(inside.substring(from));
        }
        return parts;
    }
}
