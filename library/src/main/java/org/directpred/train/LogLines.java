package org.directpred.train;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Locale;
import org.directpred.evaluate.Snapshot;

/**
 * The lines of a run's logs: steps and epochs as comma-separated numbers, looks and alarms as JSON.
 * What is read must be exactly what is written: no field more or less, each of its kind.
 *
 * @param onlineProbe whether steps and epochs have one more column
 */
record LogLines(boolean onlineProbe) {
    private static final String ACCURACY_HEADER = ",online accuracy";
    private static final ObjectMapper JSON =
            JsonMapper.builder()
                    .enable(
                            DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
                            DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
                            DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES,
                            DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                    .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
                    .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                    .defaultSetterInfo(JsonSetter.Value.construct(Nulls.FAIL, Nulls.FAIL))
                    .build();

    /** A line that is not what was expected; its message says why. */
    static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1L;

        Unreadable(String why, Throwable cause) {
            super(why, cause);
        }
    }

    /** One line of the log of epochs, whose look is in another file. */
    record StoredEpoch(
            int number,
            long steps,
            double meanLoss,
            double imagesPerSecond,
            double onlineAccuracy) {}

    String stepsHeader() {
        return "step,epoch,loss,learning rate" + (onlineProbe ? ACCURACY_HEADER : "");
    }

    String epochsHeader() {
        return "epoch,steps,mean loss,effective rank of F,standard deviation,images per second"
                + (onlineProbe ? ACCURACY_HEADER : "");
    }

    String line(Step step) {
        return String.format(
                        Locale.ROOT,
                        "%d,%d,%s,%s",
                        step.number(),
                        step.epoch(),
                        step.loss(),
                        step.learningRate())
                + accuracy(step.onlineAccuracy());
    }

    String line(Epoch epoch) {
        return String.format(
                        Locale.ROOT,
                        "%d,%d,%s,%s,%s,%s",
                        epoch.number(),
                        epoch.steps(),
                        epoch.meanLoss(),
                        epoch.diagnostics().effectiveRank(),
                        epoch.diagnostics().standardDeviation(),
                        epoch.imagesPerSecond())
                + accuracy(epoch.onlineAccuracy());
    }

    String line(Snapshot look) {
        return json(look);
    }

    String line(Alarm alarm) {
        return json(alarm);
    }

    Step step(String line) throws Unreadable {
        String[] cells = cells(line, 4);
        try {
            return new Step(
                    natural(cells[0]),
                    Math.toIntExact(natural(cells[1])),
                    Double.parseDouble(cells[2]),
                    Double.parseDouble(cells[3]),
                    accuracy(cells));
        } catch (NumberFormatException | ArithmeticException e) {
            throw new Unreadable("it holds something that is no number: " + brief(line), e);
        }
    }

    StoredEpoch epoch(String line) throws Unreadable {
        String[] cells = cells(line, 6);
        try {
            // The two columns in between are the look's.
            Double.parseDouble(cells[3]);
            Double.parseDouble(cells[4]);
            return new StoredEpoch(
                    Math.toIntExact(natural(cells[0])),
                    natural(cells[1]),
                    Double.parseDouble(cells[2]),
                    Double.parseDouble(cells[5]),
                    accuracy(cells));
        } catch (NumberFormatException | ArithmeticException e) {
            throw new Unreadable("it holds something that is no number: " + brief(line), e);
        }
    }

    Snapshot look(String line) throws Unreadable {
        Snapshot look = parsed(line, Snapshot.class);
        if (look.step() < 0 || look.diagnostics().spectrum().isEmpty()) {
            throw new Unreadable("it is no look at the diagnostics: " + brief(line), null);
        }
        return look;
    }

    Alarm alarm(String line) throws Unreadable {
        Alarm alarm = parsed(line, Alarm.class);
        if (alarm.step() < 0) {
            throw new Unreadable("its step is " + alarm.step(), null);
        }
        return alarm;
    }

    private String[] cells(String line, int without) throws Unreadable {
        String[] cells = line.split(",", -1);
        int expected = onlineProbe ? without + 1 : without;
        if (cells.length != expected) {
            throw new Unreadable(
                    "it has %d cells where %d are expected: %s"
                            .formatted(cells.length, expected, brief(line)),
                    null);
        }
        return cells;
    }

    private static long natural(String cell) {
        long value = Long.parseLong(cell);
        if (value < 0) {
            throw new NumberFormatException(cell);
        }
        return value;
    }

    /** The text of the column that only a run with an online probe has. */
    private String accuracy(double value) {
        return onlineProbe ? "," + value : "";
    }

    private double accuracy(String[] cells) {
        return onlineProbe ? Double.parseDouble(cells[cells.length - 1]) : Double.NaN;
    }

    private static <T> T parsed(String line, Class<T> type) throws Unreadable {
        T value;
        try {
            value = JSON.readValue(line, type);
        } catch (JsonProcessingException e) {
            throw new Unreadable(e.getOriginalMessage(), e);
        }
        if (value == null) {
            throw new Unreadable("it is null", null);
        }
        return value;
    }

    private static String json(Object row) {
        try {
            return JSON.writeValueAsString(row);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Enough of a line to know it by. */
    static String brief(String line) {
        return '"' + (line.length() > 80 ? line.substring(0, 80) + "..." : line) + '"';
    }
}
