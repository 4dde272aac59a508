package org.directpred.evaluate;

import java.util.List;
import java.util.Locale;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * What a probe found.
 *
 * @param method the protocol with its numbers, for a person
 * @param trainedOn provenance of the labelled training features
 * @param trainingExamples how many they were
 * @param testedOn provenance of the test features
 * @param accuracies test accuracy, 0 to 1, after each epoch of the classifier; a single one for a
 *     method without epochs
 * @param confusion of the classifier as it ended, that is of the last accuracy
 */
public record Evaluation(
        String method,
        String trainedOn,
        int trainingExamples,
        String testedOn,
        List<Double> accuracies,
        ConfusionMatrix confusion) {

    /** Copies the list. */
    public Evaluation {
        accuracies = List.copyOf(accuracies);
        if (accuracies.isEmpty()) {
            throw new IllegalArgumentException("an evaluation has at least one accuracy");
        }
    }

    /** Test accuracy of the classifier as it ended, 0 to 1. */
    public double accuracy() {
        return accuracies.get(accuracies.size() - 1);
    }

    /**
     * Test accuracy of the classifier as it ended with each class weighing the same, 0 to 1: {@link
     * ConfusionMatrix#balancedAccuracy}. The figure to look at where classes differ in size.
     */
    public double balancedAccuracy() {
        return confusion.balancedAccuracy();
    }

    /**
     * The best test accuracy over the classifier's epochs: the figure that the paper publishes. It
     * was chosen by looking at the test set, and is therefore no estimate of the accuracy on new
     * images.
     */
    public double bestAccuracy() {
        return accuracies.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    }

    /** The first epoch, from 1, that had the best test accuracy. */
    public int bestEpoch() {
        return accuracies.indexOf(bestAccuracy()) + 1;
    }

    /** This evaluation as a table of one row: {@link #table(List)}. */
    public Table table() {
        return table(List.of(this));
    }

    /** Evaluations one below the other, last and best accuracy beside each other in percent. */
    public static Table table(List<Evaluation> evaluations) {
        StringColumn method = StringColumn.create("method");
        StringColumn trainedOn = StringColumn.create("features");
        IntColumn examples = IntColumn.create("training examples");
        DoubleColumn last = DoubleColumn.create("test accuracy, last [%]");
        DoubleColumn best = DoubleColumn.create("best over epochs, chosen on the test set [%]");
        for (Evaluation evaluation : evaluations) {
            method.append(evaluation.method);
            trainedOn.append(evaluation.trainedOn);
            examples.append(evaluation.trainingExamples);
            last.append(percent(evaluation.accuracy()));
            if (evaluation.accuracies.size() > 1) {
                best.append(percent(evaluation.bestAccuracy()));
            } else {
                best.appendMissing();
            }
        }
        return Table.create("Evaluation", method, trainedOn, examples, last, best);
    }

    /** Two digits are finer than the sampling error of any of these test sets. */
    private static double percent(double fraction) {
        return Math.round(fraction * 1e4) / 1e2;
    }

    @Override
    public String toString() {
        String best =
                accuracies.size() > 1
                        ? String.format(
                                Locale.ROOT,
                                " (best of %d epochs, chosen on the test set: %.2f %%)",
                                accuracies.size(),
                                100 * bestAccuracy())
                        : "";
        return String.format(
                Locale.ROOT, "%s: %.2f %%%s; %s", method, 100 * accuracy(), best, trainedOn);
    }
}
