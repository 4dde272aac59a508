package org.directpred.evaluate;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** How often each class was taken for each other one. Immutable. */
public final class ConfusionMatrix {
    private final List<String> classes;
    private final long[][] counts;

    /**
     * Counts predictions.
     *
     * @param classes the classes' names in the order of the labels
     * @param truth the true labels
     * @param predicted the predicted labels, one for each true one
     * @throws IllegalArgumentException if the lengths differ or a label is none of the classes
     */
    public ConfusionMatrix(List<String> classes, int[] truth, int[] predicted) {
        if (truth.length != predicted.length) {
            throw new IllegalArgumentException(
                    truth.length + " true labels but " + predicted.length + " predictions");
        }
        this.classes = List.copyOf(classes);
        this.counts = new long[classes.size()][classes.size()];
        for (int i = 0; i < truth.length; i++) {
            counts[checked(truth[i], i)][checked(predicted[i], i)]++;
        }
    }

    private int checked(int label, int row) {
        if (label < 0 || label >= classes.size()) {
            throw new IllegalArgumentException(
                    "label %d of row %d is none of the %d classes"
                            .formatted(label, row, classes.size()));
        }
        return label;
    }

    /** The classes' names in the order of the labels. */
    public List<String> classes() {
        return classes;
    }

    /** How many examples of a class were taken for a class. */
    public long count(int truth, int predicted) {
        return counts[truth][predicted];
    }

    /** Number of examples. */
    public long total() {
        long total = 0;
        for (int c = 0; c < counts.length; c++) {
            total += examples(c);
        }
        return total;
    }

    /** Number of examples of a class. */
    public long examples(int truth) {
        long sum = 0;
        for (long count : counts[truth]) {
            sum += count;
        }
        return sum;
    }

    /** The fraction of examples that were taken for what they are, 0 to 1; NaN without examples. */
    public double accuracy() {
        long right = 0;
        for (int c = 0; c < counts.length; c++) {
            right += counts[c][c];
        }
        return (double) right / total();
    }

    /** The same fraction for one class alone; NaN where the class has no example. */
    public double accuracy(int truth) {
        return (double) counts[truth][truth] / examples(truth);
    }

    /**
     * The mean of {@link #accuracy(int)} over the classes that have an example, 0 to 1: each class
     * weighs the same however many examples it has (scikit-learn's {@code
     * balanced_accuracy_score}); NaN without examples.
     */
    public double balancedAccuracy() {
        return IntStream.range(0, counts.length)
                .filter(c -> examples(c) > 0)
                .mapToDouble(this::accuracy)
                .average()
                .orElse(Double.NaN);
    }

    /** One row for each class: its examples, its accuracy and what it is most often taken for. */
    public Table perClass() {
        StringColumn name = StringColumn.create("class");
        LongColumn examples = LongColumn.create("examples");
        DoubleColumn accuracy = DoubleColumn.create("accuracy");
        StringColumn takenFor = StringColumn.create("most often taken for");
        for (int c = 0; c < counts.length; c++) {
            int other = -1;
            for (int p = 0; p < counts.length; p++) {
                if (p != c && counts[c][p] > 0 && (other < 0 || counts[c][p] > counts[c][other])) {
                    other = p;
                }
            }
            name.append(classes.get(c));
            examples.append(examples(c));
            accuracy.append(accuracy(c));
            takenFor.append(
                    other < 0
                            ? ""
                            : String.format(
                                    Locale.ROOT, "%s (%d)", classes.get(other), counts[c][other]));
        }
        return Table.create("Accuracy per class", name, examples, accuracy, takenFor);
    }

    /** The counts: one row for each true class, one column for each predicted one. */
    public Table table() {
        Table table = Table.create("Confusion matrix");
        StringColumn truth = StringColumn.create("true class");
        classes.forEach(truth::append);
        table.addColumns(truth);
        for (int p = 0; p < counts.length; p++) {
            IntColumn column = IntColumn.create("as " + classes.get(p));
            for (long[] row : counts) {
                column.append(Math.toIntExact(row[p]));
            }
            table.addColumns(column);
        }
        return table;
    }

    @Override
    public String toString() {
        return table().print(Math.max(1, counts.length));
    }
}
