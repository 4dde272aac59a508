package org.directpred.evaluate;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.directpred.image.SplitMix64;
import org.directpred.progress.Bar;
import org.directpred.progress.Progress;
import org.directpred.require.Require;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TorchScript;
import org.directpred.tensor.TrainingThread;

/**
 * A linear probe trained by Adam on standardised features, tested after each epoch.
 *
 * <p>An epoch runs as one TorchScript function on the shuffled row numbers, with the gradient of
 * the cross-entropy in closed form: {@code dL/dlogits = (softmax - onehot) / batch}. It takes the
 * steps that {@code torch.nn.Linear} with {@code torch.optim.Adam} takes.
 *
 * @param learningRate of Adam
 * @param weightDecay added to the gradient (coupled L2, on weight and bias), as {@code
 *     torch.optim.Adam} has it
 * @param batch examples of a step; the last step of an epoch may have fewer
 * @param epochs over the training features
 * @param seed of the initial weights and of the order of the examples
 */
public record AdamProbe(double learningRate, double weightDecay, int batch, int epochs, long seed)
        implements LinearProbe {

    /** Checks the numbers. */
    public AdamProbe {
        Require.positive("the probe's learning rate", learningRate);
        Require.nonNegative("the probe's weight decay", weightDecay);
        Require.atLeast("the probe's batch", batch, 1);
        Require.atLeast("the probe's epochs", epochs, 1);
    }

    /** This probe with another number of epochs. */
    public AdamProbe withEpochs(int number) {
        return new AdamProbe(learningRate, weightDecay, batch, number, seed);
    }

    /** This probe with another learning rate. */
    public AdamProbe withLearningRate(double rate) {
        return new AdamProbe(rate, weightDecay, batch, epochs, seed);
    }

    /** This probe with another seed. */
    public AdamProbe withSeed(long number) {
        return new AdamProbe(learningRate, weightDecay, batch, epochs, number);
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
        String method =
                String.format(
                        Locale.ROOT,
                        "linear probe, Adam %s, weight decay %s, batch %d, %d epochs",
                        learningRate,
                        weightDecay,
                        batch,
                        epochs);
        try (TorchScript script = TorchScript.compile(script(), device);
                NDManager manager = Torch.newManager(device);
                Standardised rows =
                        new Standardised(train, standardisation, manager, residentBytes);
                Standardised testRows =
                        new Standardised(test, standardisation, manager, residentBytes);
                Bar bar = Progress.bar("linear probe", epochs)) {
            NDList state = initialState(train.dimension(), train.classes().size(), manager);
            List<Double> accuracies = new ArrayList<>();
            int[] predicted = {};
            for (int epoch = 0; epoch < epochs; epoch++) {
                TrainingThread.checkStop("after " + epoch + " epochs of the linear probe");
                epoch(script, rows, order(train.size(), epoch), state);
                predicted = testRows.predict(state.get(0), state.get(1));
                accuracies.add(accuracy(test, predicted));
                bar.update(
                        epoch + 1,
                        String.format(
                                Locale.ROOT, "test accuracy %.2f %%", 100 * accuracies.get(epoch)));
            }
            return new Evaluation(
                    method,
                    train.provenance(),
                    train.size(),
                    test.provenance(),
                    accuracies,
                    new ConfusionMatrix(test.classes(), test.labels(), predicted));
        }
    }

    private void epoch(TorchScript script, Standardised rows, int[] order, NDList state) {
        int perBlock = rows.resident() ? order.length : rows.rowsOf(batch);
        for (int from = 0; from < order.length; from += perBlock) {
            int to = Math.min(from + perBlock, order.length);
            try (NDManager block = rows.newManager()) {
                NDList arguments = rows.shuffled(order, from, to, block);
                arguments.addAll(state);
                script.call("epoch", arguments.toArray(new NDArray[0])).close();
            }
        }
    }

    private static double accuracy(Features test, int[] predicted) {
        int right = 0;
        for (int i = 0; i < predicted.length; i++) {
            right += predicted[i] == test.label(i) ? 1 : 0;
        }
        return (double) right / predicted.length;
    }

    /** The order of the examples in an epoch, from 0. */
    int[] order(int size, int epoch) {
        return SplitMix64.of(seed, epoch).permutation(size);
    }

    /** Uniform in +-1/sqrt(dimension), as {@code torch.nn.Linear} starts: weight, then bias. */
    float[] initialWeights(int dimension, int classes) {
        SplitMix64 random = SplitMix64.of(seed);
        double bound = 1 / Math.sqrt(dimension);
        float[] values = new float[classes * (dimension + 1)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.uniform(-bound, bound);
        }
        return values;
    }

    /** Weight, bias, their first and second moments, and the number of steps. */
    NDList initialState(int dimension, int classes, NDManager manager) {
        float[] values = initialWeights(dimension, classes);
        NDArray all = manager.create(values);
        long weights = (long) classes * dimension;
        NDArray weight = all.get("0:" + weights).reshape(classes, dimension).duplicate();
        NDArray bias = all.get(weights + ":" + values.length).duplicate();
        return new NDList(
                weight,
                bias,
                weight.zerosLike(),
                bias.zerosLike(),
                weight.zerosLike(),
                bias.zerosLike(),
                manager.zeros(new Shape(1), DataType.FLOAT32));
    }

    /**
     * The list of parameters is returned because TorchScript takes an update of tensors in a list
     * that nobody reads again for dead code, and drops it.
     */
    String script() {
        return """
              def epoch(self, x: Tensor, y: Tensor, order: Tensor, w: Tensor, b: Tensor, mw: Tensor, mb: Tensor, vw: Tensor, vb: Tensor, step: Tensor) -> List[Tensor]:
                n = torch.size(order, 0)
                gw = torch.empty_like(w)
                gb = torch.empty_like(b)
                parameters = [w, b]
                none = annotate(List[Tensor], [])
                for i in range(torch.floordiv(torch.add(n, BATCH - 1), BATCH)):
                  begin = torch.mul(i, BATCH)
                  at = torch.slice(order, 0, begin, torch.add(begin, BATCH))
                  xb = torch.index_select(x, 0, at)
                  p = torch.softmax(torch.addmm(b, xb, torch.t(w)), 1)
                  d = torch.div_(torch.sub_(p, torch.index_select(y, 0, at)), torch.size(at, 0))
                  _0 = torch.mm(torch.t(d), xb, out=gw)
                  _1 = torch.sum(d, [0], False, out=gb)
                  _2 = torch.add_(step, 1)
                  _3 = torch._fused_adam_(parameters, [gw, gb], [mw, mb], [vw, vb], none, [step, step], lr=RATE, beta1=0.9, beta2=0.999, weight_decay=DECAY, eps=1e-08, amsgrad=False, maximize=False)
                return parameters
            """
                .replace("BATCH", Integer.toString(batch))
                .replace("RATE", Double.toString(learningRate))
                .replace("DECAY", Double.toString(weightDecay));
    }
}
