package org.directpred.evaluate;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Locale;
import org.directpred.progress.Progress;
import org.directpred.require.Require;
import org.directpred.tensor.OnHost;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TorchScript;
import org.directpred.tensor.TrainingThread;

/**
 * Multinomial logistic regression with an L2 penalty on standardised features, solved by L-BFGS:
 * minimises {@code 1/n sum_i -log softmax(W x_i + b)[y_i] + ||W||^2 / (2 C n)}; the bias has no
 * penalty (scikit-learn's {@code LogisticRegression(C=c)}).
 *
 * @param c C, the inverse strength of the penalty, above 0
 * @param tolerance the largest |gradient| at which the search ends, above 0
 * @param iterations at most, at least 1; a message says so if they did not suffice
 */
public record LogisticProbe(double c, double tolerance, int iterations) implements LinearProbe {
    /** A block of rows stays in the processor's cache between its two products. */
    private static final int CACHED_BYTES = 1 << 20;

    private static final String SCRIPT =
            """
              def objective(self, x: Tensor, y: Tensor, w: Tensor, b: Tensor, size: Tensor) -> Tensor:
                n = torch.size(x, 0)
                k = torch.size(w, 0)
                d = torch.size(w, 1)
                rows = int(torch.item(size))
                out = torch.zeros([torch.add(torch.mul(k, d + 1), 1)], dtype=7, device=ops.prim.device(x))
                gw = torch.view(torch.slice(out, 0, 0, torch.mul(k, d)), [k, d])
                gb = torch.slice(out, 0, torch.mul(k, d), torch.mul(k, d + 1))
                loss = torch.slice(out, 0, torch.mul(k, d + 1))
                for i in range(torch.floordiv(torch.add(n, rows - 1), rows)):
                  begin = torch.mul(i, rows)
                  xb = torch.slice(x, 0, begin, torch.add(begin, rows))
                  yb = torch.slice(y, 0, begin, torch.add(begin, rows))
                  l = torch.log_softmax(torch.addmm(b, xb, torch.t(w)), 1)
                  _0 = torch.sub_(loss, torch.sum(torch.mul(l, yb), dtype=7))
                  r = torch.sub_(torch.exp_(l), yb)
                  _1 = torch.add_(gw, torch.mm(torch.t(r), xb))
                  _2 = torch.add_(gb, torch.sum(r, [0], False, dtype=7))
                return out
            """;

    /** Checks the numbers. */
    public LogisticProbe {
        Require.above("C", c, 0);
        Require.positive("tolerance", tolerance);
        Require.atLeast("iterations", iterations, 1);
    }

    /** This probe with another C. */
    public LogisticProbe withC(double inverseStrength) {
        return new LogisticProbe(inverseStrength, tolerance, iterations);
    }

    /** This probe with another tolerance. */
    public LogisticProbe withTolerance(double largestGradient) {
        return new LogisticProbe(c, largestGradient, iterations);
    }

    /** This probe with another limit of iterations. */
    public LogisticProbe withIterations(int most) {
        return new LogisticProbe(c, tolerance, most);
    }

    @Override
    public Evaluation on(Features train, Features test) {
        return on(train, test, Standardised.RESIDENT_BYTES);
    }

    /** Keeps features of at most so many bytes in the engine as a whole. */
    Evaluation on(Features train, Features test, long residentBytes) {
        train.requireTrainable();
        train.requireTestable(test);
        Standardisation standardisation = Standardisation.of(train);
        return TrainingThread.call(() -> run(train, test, standardisation, residentBytes));
    }

    private Evaluation run(
            Features train, Features test, Standardisation standardisation, long residentBytes) {
        Device device = Torch.bestDevice();
        int d = train.dimension();
        int k = train.classes().size();
        try (TorchScript script = TorchScript.compile(SCRIPT, device);
                NDManager manager = Torch.newManager(device);
                Standardised rows =
                        new Standardised(train, standardisation, manager, residentBytes)) {
            NDArray blockRows =
                    manager.create((long) Math.max(1, CACHED_BYTES / (d * Float.BYTES)));
            Lbfgs.Result result =
                    Lbfgs.minimise(
                            (point, gradient) ->
                                    objective(script, rows, blockRows, train, point, gradient),
                            new double[k * (d + 1)],
                            tolerance,
                            iterations);
            if (!result.converged()) {
                Progress.message(
                        String.format(
                                Locale.ROOT,
                                "logistic probe: largest gradient %.2g after %d iterations, above"
                                        + " the tolerance %.2g",
                                result.largestGradient(),
                                result.iterations(),
                                tolerance));
            }
            NDList weights = weights(result.point(), k, d, manager);
            try (Standardised testRows =
                    new Standardised(test, standardisation, manager, residentBytes)) {
                int[] predicted = testRows.predict(weights.get(0), weights.get(1));
                ConfusionMatrix confusion =
                        new ConfusionMatrix(test.classes(), test.labels(), predicted);
                return new Evaluation(
                        String.format(Locale.ROOT, "logistic regression, C = %s", c),
                        train.provenance(),
                        train.size(),
                        test.provenance(),
                        List.of(confusion.accuracy()),
                        confusion);
            }
        }
    }

    private double objective(
            TorchScript script,
            Standardised rows,
            NDArray blockRows,
            Features train,
            double[] point,
            double[] gradient) {
        TrainingThread.checkStop("in the logistic probe");
        int n = train.size();
        int d = train.dimension();
        int k = train.classes().size();
        double[] sums = new double[point.length + 1];
        int perCall = rows.resident() ? n : rows.rowsOf(1);
        for (int from = 0; from < n; from += perCall) {
            int to = Math.min(from + perCall, n);
            try (NDManager block = rows.newManager()) {
                NDList w = weights(point, k, d, block);
                NDArray part =
                        script.call(
                                        "objective",
                                        rows.rows(from, to, block),
                                        rows.labels(from, to, block),
                                        w.get(0),
                                        w.get(1),
                                        blockRows)
                                .singletonOrThrow();
                double[] values = OnHost.doubles(part);
                for (int i = 0; i < sums.length; i++) {
                    sums[i] += values[i];
                }
            }
        }
        double penalty = 1 / (c * n);
        double squares = 0;
        for (int i = 0; i < point.length; i++) {
            gradient[i] = sums[i] / n;
            if (i < k * d) {
                gradient[i] += penalty * point[i];
                squares += point[i] * point[i];
            }
        }
        return sums[point.length] / n + penalty * squares / 2;
    }

    /** The point's float32 weight {@code [classes, d]} and bias. */
    private static NDList weights(double[] point, int k, int d, NDManager manager) {
        float[] weight = new float[k * d];
        float[] bias = new float[k];
        for (int i = 0; i < point.length; i++) {
            if (i < weight.length) {
                weight[i] = (float) point[i];
            } else {
                bias[i - weight.length] = (float) point[i];
            }
        }
        return new NDList(manager.create(weight, new Shape(k, d)), manager.create(bias));
    }
}
