package org.directpred.predictor;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.directpred.optimise.TrainingLength;
import org.directpred.require.Require;
import org.directpred.tensor.Operators;
import org.directpred.tensor.Sketch;
import org.directpred.tensor.TorchScript;

/**
 * The feature-dependent predictor (Tian, Chen and Ganguli 2021, end of section 5): a few random
 * hyperplanes split the outputs, each side has a correlation matrix F and a closed-form
 * W<sub>p</sub> of its own, and a sample is predicted by the mean of the W<sub>p</sub> of the sides
 * that it lies on:
 *
 * <pre>
 * q = 1/n sum_i W_i,side(i,z) z,  side(i, z): z.h_i &gt;= mean over the view's batch
 * </pre>
 *
 * <p>That averages predictors, as the authors' program ({@code partition}) does, where the paper's
 * sentence speaks of a sum of correlation matrices. Unlike that branch of the program, which sets
 * W<sub>p</sub> before it predicts, this one sets it after the step from statistics that include
 * the batch: the order of DirectPred in the same program and of every closed form here, and the
 * only one that is the same where a batch is taken in several passes, since before the last pass
 * the batch's statistics are not known. So W<sub>p</sub> is one step older. A side without samples
 * keeps its average, where the program lets a zero matrix enter it.
 *
 * @param hyperplanes n, at least 1; the paper reports 6 partitions
 * @param rule each side's rule, its moving average and how often it is set; between two settings
 *     W<sub>p</sub> stays
 */
public record RandomPartitions(int hyperplanes, ClosedForm rule) implements PredictorChoice {

    public RandomPartitions {
        Require.atLeast("hyperplanes", hyperplanes, 1);
        Objects.requireNonNull(rule, "rule");
        if (rule.needsCross()) {
            throw new IllegalArgumentException(
                    "the rule \"%s\" looks at C, the correlation of targets and outputs, which sides of hyperplanes do not have: take a rule of F and the step"
                            .formatted(rule.name()));
        }
    }

    /** DirectPred on each side of so many hyperplanes. */
    public static RandomPartitions of(int hyperplanes, DirectPred rule) {
        return new RandomPartitions(hyperplanes, rule.closedForm());
    }

    @Override
    public Predictor create(int dimension, DataType type, long seed, NDManager manager) {
        return new Partitioned(this, Optional.empty(), dimension, type, seed, manager);
    }

    @Override
    public Predictor create(
            int dimension, DataType type, long seed, TrainingLength length, NDManager manager) {
        return new Partitioned(this, Optional.of(length), dimension, type, seed, manager);
    }

    @Override
    public boolean needsLength() {
        return rule.needsLength();
    }

    @Override
    public void requireName(String keeper) {
        rule.requireName(keeper);
    }

    @Override
    public boolean isTrained() {
        return false;
    }

    @Override
    public String describe() {
        return String.format(
                Locale.ROOT, "%d random partitions of %s", hyperplanes, rule.describe());
    }

    private static final class Partitioned implements Predictor {
        private static final String STEP = "rho.step";

        private final RandomPartitions choice;
        private final AppliedRule rule;
        private final Optional<TrainingLength> length;
        private final int dimension;
        private final NDManager manager;
        private final TorchScript script;
        // [d, n]; of each hyperplane first the far side, then the near one: [2 n, ...].
        private final NDArray normals;
        private final NDArray weights;
        private final NDArray correlations;
        private final NDArray means;
        private final NDArray seen;
        private boolean observed;
        // The step under way, which rho's schedule looks at.
        private long step;

        Partitioned(
                RandomPartitions choice,
                Optional<TrainingLength> length,
                int dimension,
                DataType type,
                long seed,
                NDManager parent) {
            Require.atLeast("the dimension", dimension, 1);
            Clock.requireLength(choice, length);
            this.choice = choice;
            this.rule = new AppliedRule(choice.rule());
            this.length = length;
            this.dimension = dimension;
            this.manager = parent.newSubManager();
            int n = choice.hyperplanes();
            int sides = 2 * n;
            Random random = new Random(~seed);
            float[] directions = new float[dimension * n];
            for (int i = 0; i < directions.length; i++) {
                directions[i] = (float) random.nextGaussian();
            }
            this.normals = typed(manager.create(directions, new Shape(dimension, n)), type);
            float[] start = LinearWeights.start(dimension * dimension, dimension, seed);
            float[] all = new float[sides * start.length];
            for (int side = 0; side < sides; side++) {
                System.arraycopy(start, 0, all, side * start.length, start.length);
            }
            this.weights = typed(manager.create(all, new Shape(sides, dimension, dimension)), type);
            this.correlations = manager.zeros(new Shape(sides, dimension, dimension), type);
            this.means = manager.zeros(new Shape(sides, dimension), type);
            this.seen = manager.zeros(new Shape(sides), type);
            this.script = TorchScript.compile(text(choice), Device.cpu());
        }

        private static String text(RandomPartitions choice) {
            // What each side takes of the batch: all of it the first time, nothing if it is empty.
            String amount =
                    choice.rule().rho().isPresent()
                            ? "torch.where(torch.gt(seen, 0), torch.full_like(seen, taken), torch.ones_like(seen))"
                            : "torch.reciprocal(torch.add(seen, 1))";
            return String.format(
                    Locale.ROOT,
                    """
                  def sides(self, z: Tensor, h: Tensor) -> Tensor:
                    x = torch.matmul(torch.detach(z), h)
                    far = torch.ge(x, torch.mean(x, [0], True))
                    both = torch.stack([far, torch.logical_not(far)], -1)
                    return torch.type_as(torch.t(torch.flatten(both, 1)), z)
                  def predict(self, z: Tensor, h: Tensor, w: Tensor) -> Tensor:
                    m = self.sides(z, h)
                    q = torch.matmul(z, torch.transpose(w, 1, 2))
                    return torch.div(torch.sum(torch.mul(q, torch.unsqueeze(m, -1)), [0]), %d)
                  def observe(self, z1: Tensor, z2: Tensor, h: Tensor, f: Tensor, mean: Tensor, seen: Tensor, taken: float) -> NoneType:
                    z = torch.cat([z1, z2], 0)
                    m = torch.cat([self.sides(z1, h), self.sides(z2, h)], 1)
                    count = torch.sum(m, [1])
                    some = torch.type_as(torch.gt(count, 0), z)
                    share = torch.div(m, torch.unsqueeze(torch.clamp_min(count, 1), -1))
                    mz = torch.mul(torch.unsqueeze(share, -1), z)
                    amount = torch.mul(some, %s)
                    e = torch.matmul(torch.transpose(mz, 1, 2), z)
                    _0 = torch.add_(f, torch.mul(torch.sub(e, f), torch.view(amount, [-1, 1, 1])))
                    _1 = torch.add_(mean, torch.mul(torch.sub(torch.sum(mz, [1]), mean), torch.view(amount, [-1, 1])))
                    _2 = torch.add_(seen, some)
                    return None
                """,
                    choice.hyperplanes(),
                    amount);
        }

        @Override
        public NDArray predict(NDArray z) {
            check(z);
            return script.call("predict", z, normals, weights).singletonOrThrow();
        }

        @Override
        public void observe(NDArray z1, NDArray z2, NDArray t1, NDArray t2) {
            check(z1);
            check(z2);
            FeatureCorrelation.requireImages(z1.getShape());
            FeatureCorrelation.requireImages(z2.getShape());
            double memory =
                    choice.rule().rho().isPresent()
                            ? new Clock(step, length)
                                    .of(
                                            choice.rule().rho().getAsDouble(),
                                            choice.rule().rhoSchedule())
                            : 0;
            FeatureCorrelation.checkRho(memory);
            try (NDArray a = z1.stopGradient();
                    NDArray b = z2.stopGradient()) {
                script.run("observe", a, b, normals, correlations, means, seen, 1 - memory);
            }
            observed = true;
        }

        @Override
        public void afterStep(long ended) {
            step = ended + 1;
            if (ended % choice.rule().every() != 0) {
                return;
            }
            if (!observed) {
                throw new IllegalStateException(
                        "afterStep("
                                + ended
                                + ") before the first observe: there is no F to set W_p from");
            }
            Clock at = new Clock(ended, length);
            try (NDManager scope = manager.newSubManager()) {
                NDList set = new NDList();
                for (int side = 0; side < 2 * choice.hyperplanes(); side++) {
                    set.add(rule.matrix(f(side, scope), null, at, scope));
                }
                NDArray all = NDArrays.stack(set);
                all.attach(scope);
                Operators.copy(weights, all);
            }
        }

        /** F of a side. */
        private NDArray f(int side, NDManager scope) {
            NDArray f = correlations.get(side);
            f.attach(scope);
            if (choice.rule().centred()) {
                NDArray m = means.get(side);
                m.attach(scope);
                f = f.sub(m.expandDims(1).mul(m.expandDims(0)));
            }
            return f;
        }

        @Override
        public void checkRestored(long steps) {
            if (steps > 0 && (steps - 1) % choice.rule().every() == 0) {
                Clock at = new Clock(steps - 1, length);
                try (NDManager scope = manager.newSubManager()) {
                    for (int side = 0; side < 2 * choice.hyperplanes(); side++) {
                        NDArray held = weights.get(side);
                        held.attach(scope);
                        rule.requireSame(held, f(side, scope), null, at, scope);
                    }
                }
            }
        }

        @Override
        public Map<String, Sketch> answers(long steps) {
            try (NDManager scope = manager.newSubManager()) {
                List<NDArray> fs =
                        IntStream.range(0, 2 * choice.hyperplanes())
                                .mapToObj(side -> f(side, scope))
                                .toList();
                return rule.answers(fs, null, new Clock(steps - 1, length), scope);
            }
        }

        @Override
        public Optional<NDArray> parameters() {
            return Optional.empty();
        }

        @Override
        public Optional<NDArray> matrix() {
            return Optional.empty();
        }

        @Override
        public Map<String, NDArray> state() {
            return Map.of(
                    "hyperplanes", normals,
                    "W_p", weights,
                    "F", correlations,
                    "mean", means,
                    "seen", seen);
        }

        @Override
        public Map<String, Long> counters() {
            long once = observed ? 1L : 0L;
            return Clock.isConstant(choice.rule().rhoSchedule())
                    ? Map.of("observed", once)
                    : Map.of("observed", once, STEP, step);
        }

        @Override
        public void restoreCounters(Map<String, Long> counters) {
            observed = Objects.requireNonNull(counters.get("observed"), "observed") > 0;
            step = counters.getOrDefault(STEP, 0L);
        }

        @Override
        public void close() {
            script.close();
            manager.close();
        }

        private static NDArray typed(NDArray narrow, DataType type) {
            NDArray result = narrow.toType(type, false);
            if (result != narrow) {
                narrow.close();
            }
            return result;
        }

        private void check(NDArray z) {
            if (z.getShape().dimension() != 2 || z.getShape().get(1) != dimension) {
                throw new IllegalArgumentException(
                        "the predictor takes outputs of shape [batch, "
                                + dimension
                                + "], not "
                                + z.getShape());
            }
        }
    }
}
