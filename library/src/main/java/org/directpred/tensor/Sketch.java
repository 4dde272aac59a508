package org.directpred.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Collectors;

/**
 * A few numbers by which numbers are known again without being kept: their root mean square and
 * some sums of them, each with signs drawn at random but always the same, over &radic;n. Sums of
 * rounded numbers hardly differ; those of others differ by about the root mean square of the
 * difference.
 *
 * @param values the root mean square, then the sums
 */
public record Sketch(List<Double> values) {
    private static final int SUMS = 4;
    private static final long SEED = 20_210_612L;
    // Far above rounding in float32 on another machine, far below what a setting does.
    private static final double TOLERANCE = 1e-4;

    /** An immutable copy. */
    public Sketch {
        values = List.copyOf(values);
    }

    /** Of numbers in their order. */
    public static Sketch of(double... numbers) {
        return of(numbers.length, i -> numbers[i]);
    }

    /** Of an array's numbers, row-major. */
    public static Sketch of(NDArray array) {
        try (NDManager scope = array.getManager().newSubManager()) {
            NDArray mine = array.stopGradient();
            mine.attach(scope);
            return of(OnHost.doubles(mine.toType(DataType.FLOAT64, true)));
        }
    }

    /** Of so many numbers by their place. */
    public static Sketch of(int count, IntToDoubleFunction numbers) {
        double squares = 0;
        double[] sums = new double[SUMS];
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < count; i++) {
            double x = numbers.applyAsDouble(i);
            squares += x * x;
            long signs = random.nextLong();
            for (int k = 0; k < SUMS; k++) {
                sums[k] += (signs >> k & 1) == 0 ? x : -x;
            }
        }
        double[] all = new double[1 + SUMS];
        all[0] = Math.sqrt(squares / count);
        for (int k = 0; k < SUMS; k++) {
            all[1 + k] = sums[k] / Math.sqrt(count);
        }
        return new Sketch(Arrays.stream(all).boxed().toList());
    }

    /** Whether both are of the same numbers, but for rounding. */
    public boolean isLike(Sketch other) {
        if (values.size() != other.values.size()) {
            return false;
        }
        double most = TOLERANCE * Math.max(values.get(0), other.values.get(0));
        for (int i = 0; i < values.size(); i++) {
            double a = values.get(i);
            double b = other.values.get(i);
            if (Double.compare(a, b) != 0 && !(Math.abs(a - b) <= most)) {
                return false;
            }
        }
        return true;
    }

    /** For a file: {@link #parse} reads it. */
    public String text() {
        return values.stream().map(String::valueOf).collect(Collectors.joining(" "));
    }

    /**
     * What {@link #text} wrote.
     *
     * @throws NumberFormatException if it did not
     */
    public static Sketch parse(String text) {
        return new Sketch(Arrays.stream(text.split(" ")).map(Double::valueOf).toList());
    }
}
