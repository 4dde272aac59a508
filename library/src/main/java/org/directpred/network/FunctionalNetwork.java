package org.directpred.network;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.directpred.network.Layer.BatchNorm;
import org.directpred.network.Layer.Child;
import org.directpred.network.Layer.Convolution;
import org.directpred.network.Layer.GlobalAveragePool;
import org.directpred.network.Layer.Linear;
import org.directpred.network.Layer.MaxPool;
import org.directpred.network.Layer.Relu;
import org.directpred.network.Layer.Residual;
import org.directpred.network.Layer.Sequence;
import org.directpred.tensor.TorchScript;

/**
 * The fast form of a network: a function of images and two flat arrays, written as TorchScript
 * text.
 *
 * <p>{@code f(x, weights, statistics) -> y}. It holds no parameters, so the same function serves
 * the online and the target network. Activations are channels-last; BatchNorm updates the
 * statistics in place, in PyTorch's order, and always computes in float32.
 */
public final class FunctionalNetwork implements Network {

    /** In which type convolutions and linear layers compute. */
    public enum Precision {
        /** Everything in float32. */
        FLOAT32(DataType.FLOAT32),
        /**
         * Convolutions and linear layers in bfloat16; weights, BatchNorm and outputs in float32.
         */
        BFLOAT16(DataType.FLOAT32),
        /** Everything in float64: for checks against other programs, not for training. */
        FLOAT64(DataType.FLOAT64);

        private final DataType type;

        Precision(DataType type) {
            this.type = type;
        }

        /** The type of weights, images and outputs. */
        public DataType type() {
            return type;
        }
    }

    private static final int FLOAT32 = 6;
    private static final int BFLOAT16 = 15;
    private static final int CHANNELS_LAST = 2;

    private final ParameterLayout layout;
    private final Precision precision;
    private final TorchScript script;
    private final int outputs;

    /**
     * Compiles a network of parts that run one after the other.
     *
     * @param parts prefix and architecture of each part, for instance {@code encoder} and {@code
     *     projector}
     * @param device where its arguments will be
     */
    public FunctionalNetwork(List<Part> parts, Precision precision, Device device) {
        List<Child> children = Part.children(parts);
        this.layout = new ParameterLayout(children);
        this.precision = precision;
        this.outputs = parts.get(parts.size() - 1).architecture().outputs();
        this.script = TorchScript.compile(source(parts), device);
    }

    /** A named part of a network. */
    public record Part(String name, Architecture architecture) {
        /** The parts as named layers, if each takes what the one before gives. */
        static List<Child> children(List<Part> parts) {
            List<Child> children = new ArrayList<>();
            for (int i = 0; i < parts.size(); i++) {
                Architecture a = parts.get(i).architecture();
                if (i > 0 && parts.get(i - 1).architecture().outputs() != a.inputs()) {
                    throw new IllegalArgumentException(
                            "%s gives %d features, but %s takes %d"
                                    .formatted(
                                            parts.get(i - 1).name(),
                                            parts.get(i - 1).architecture().outputs(),
                                            parts.get(i).name(),
                                            a.inputs()));
                }
                children.add(new Child(parts.get(i).name(), a.layers()));
            }
            return children;
        }
    }

    @Override
    public ParameterLayout layout() {
        return layout;
    }

    @Override
    public int outputs() {
        return outputs;
    }

    @Override
    public NDList train(NDArray first, NDArray second, NDArray weights, NDArray statistics) {
        return script.call(
                "train", images(first, weights), images(second, weights), weights, statistics);
    }

    @Override
    public NDArray train(NDArray x, NDArray weights, NDArray statistics) {
        return script.call("train_one", images(x, weights), weights, statistics).singletonOrThrow();
    }

    @Override
    public NDList trainWithFeatures(
            NDArray first, NDArray second, NDArray weights, NDArray statistics) {
        return script.call(
                "train_with_features",
                images(first, weights),
                images(second, weights),
                weights,
                statistics);
    }

    @Override
    public NDList trainWithFeatures(NDArray x, NDArray weights, NDArray statistics) {
        return script.call("train_one_with_features", images(x, weights), weights, statistics);
    }

    @Override
    public NDArray features(NDArray x, NDArray weights, NDArray statistics) {
        return script.call("features", typed(x, weights), weights, statistics).singletonOrThrow();
    }

    @Override
    public NDArray evaluate(NDArray x, NDArray weights, NDArray statistics) {
        return script.call("evaluate", typed(x, weights), weights, statistics).singletonOrThrow();
    }

    private static NDArray images(NDArray x, NDArray weights) {
        requireImages(x);
        return typed(x, weights);
    }

    /** Images come as float32, whatever the weights are. */
    static NDArray typed(NDArray x, NDArray weights) {
        return x.toType(weights.getDataType(), false);
    }

    /** Of no images BatchNorm's statistics become NaN, for good. */
    static void requireImages(NDArray x) {
        if (x.getShape().dimension() == 0 || x.getShape().get(0) == 0) {
            throw new IllegalArgumentException(
                    "a batch without images cannot be trained on: its shape is " + x.getShape());
        }
    }

    @Override
    public boolean drawsAtRandom() {
        return false;
    }

    @Override
    public void close() {
        script.close();
    }

    private String source(List<Part> parts) {
        boolean bf16 = precision == Precision.BFLOAT16;
        StringBuilder s = new StringBuilder();
        List<String> calls = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            Text text = new Text(bf16);
            String result =
                    text.write(parts.get(i).name(), parts.get(i).architecture().layers(), "x0");
            boolean images =
                    parts.get(i).architecture().layers().children().stream()
                            .anyMatch(c -> c.layer() instanceof Convolution);
            String in = images ? "torch.contiguous(x, memory_format=" + CHANNELS_LAST + ")" : "x";
            s.append("  def part")
                    .append(i)
                    .append(
                            "(self, x: Tensor, ws: List[Tensor], ss: List[Tensor], training: bool) -> Tensor:\n")
                    .append("    x0 = ")
                    .append(in)
                    .append('\n')
                    .append(text.body)
                    .append("    return ")
                    .append(bf16 ? "torch.to(" + result + ", " + FLOAT32 + ")" : result)
                    .append('\n');
            calls.add("(self).part" + i + "(%s, ws, ss, %s, )");
        }
        method(
                s,
                "train",
                "xa: Tensor, xb: Tensor",
                "Tuple[Tensor, Tensor]",
                "(%s, %s)",
                calls,
                "True",
                "xa",
                "xb");
        method(s, "train_one", "x: Tensor", "Tensor", "%s", calls, "True", "x");
        // The output of the first part for a view "x" is the variable x_0.
        method(
                s,
                "train_with_features",
                "xa: Tensor, xb: Tensor",
                "Tuple[Tensor, Tensor, Tensor, Tensor]",
                "(%s, %s, torch.detach(xa_0), torch.detach(xb_0))",
                calls,
                "True",
                "xa",
                "xb");
        method(
                s,
                "train_one_with_features",
                "x: Tensor",
                "Tuple[Tensor, Tensor]",
                "(%s, torch.detach(x_0))",
                calls,
                "True",
                "x");
        method(s, "evaluate", "x: Tensor", "Tensor", "%s", calls, "False", "x");
        method(s, "features", "x: Tensor", "Tensor", "%s", calls.subList(0, 1), "False", "x");
        return s.toString();
    }

    private void method(
            StringBuilder s,
            String name,
            String inputs,
            String type,
            String result,
            List<String> calls,
            String training,
            String... views) {
        s.append("  def ")
                .append(name)
                .append("(self, ")
                .append(inputs)
                .append(", weights: Tensor, statistics: Tensor) -> ")
                .append(type)
                .append(":\n");
        s.append("    ss = torch.split_with_sizes(statistics, ")
                .append(sizes(layout.statistics()))
                .append(", 0)\n");
        // Split and not sliced: the gradient of a split is one concatenation, that of each slice an
        // array of all weights.
        List<ParameterLayout.Slot> all = layout.weights();
        if (precision == Precision.BFLOAT16) {
            // One cast for all kernels; BatchNorm's scale and shift and the biases stay as they
            // are.
            List<ParameterLayout.Slot> matrices = all.stream().filter(w -> !w.isVector()).toList();
            List<ParameterLayout.Slot> vectors =
                    all.stream().filter(ParameterLayout.Slot::isVector).toList();
            long front = layout.matrixElements();
            s.append("    two = torch.split_with_sizes(weights, [")
                    .append(front)
                    .append(", ")
                    .append(layout.weightElements() - front)
                    .append("], 0)\n    m0 = torch.to(two[0], ")
                    .append(BFLOAT16)
                    .append(")\n    m1 = torch.split_with_sizes(m0, ")
                    .append(sizes(matrices))
                    .append(", 0)\n");
            if (vectors.isEmpty()) {
                s.append("    ws = m1\n");
            } else {
                s.append("    v1 = torch.split_with_sizes(two[1], ")
                        .append(sizes(vectors))
                        .append(", 0)\n    ws = torch.add(m1, v1)\n");
            }
        } else {
            s.append("    ws = torch.split_with_sizes(weights, ")
                    .append(sizes(all))
                    .append(", 0)\n");
        }
        List<String> outputs = new ArrayList<>();
        for (String view : views) {
            String value = view;
            for (int i = 0; i < calls.size(); i++) {
                String next = view + "_" + i;
                s.append("    ")
                        .append(next)
                        .append(" = ")
                        .append(calls.get(i).formatted(value, training))
                        .append('\n');
                value = next;
            }
            outputs.add(value);
        }
        s.append("    return ").append(result.formatted(outputs.toArray())).append('\n');
    }

    private static String sizes(List<ParameterLayout.Slot> slots) {
        StringBuilder s = new StringBuilder("[");
        for (ParameterLayout.Slot slot : slots) {
            s.append(s.length() == 1 ? "" : ", ").append(slot.size());
        }
        return s.append(']').toString();
    }

    /** The text of one part. */
    private final class Text {
        final StringBuilder body = new StringBuilder();
        private final boolean bf16;
        private int variables;

        Text(boolean bf16) {
            this.bf16 = bf16;
        }

        String write(String prefix, Layer layer, String x) {
            if (layer instanceof Sequence sequence) {
                String y = x;
                for (Child child : sequence.children()) {
                    y = write(ParameterLayout.join(prefix, child.name()), child.layer(), y);
                }
                return y;
            }
            if (layer instanceof Residual residual) {
                String main = write(prefix, residual.main(), x);
                String shortcut =
                        write(ParameterLayout.join(prefix, "downsample"), residual.shortcut(), x);
                return let("torch.relu_(torch.add_(" + main + ", " + shortcut + "))");
            }
            if (layer instanceof Convolution c) {
                String w =
                        String.format(
                                Locale.ROOT,
                                "torch.permute(torch.view(%s, [%d, %d, %d, %d]), [0, 3, 1, 2])",
                                weight(prefix, "weight"),
                                c.out(),
                                c.kernel(),
                                c.kernel(),
                                c.in());
                return let(
                        String.format(
                                Locale.ROOT,
                                "torch.conv2d(%s, %s, None, [%d, %d], [%d, %d], [1, 1], 1)",
                                half(x),
                                w,
                                c.stride(),
                                c.stride(),
                                c.padding(),
                                c.padding()));
            }
            if (layer instanceof Linear linear) {
                String w =
                        String.format(
                                Locale.ROOT,
                                "torch.view(%s, [%d, %d])",
                                weight(prefix, "weight"),
                                linear.out(),
                                linear.in());
                String bias = linear.bias() ? half(weight(prefix, "bias")) : "None";
                return let("torch.linear(" + half(x) + ", " + w + ", " + bias + ")");
            }
            if (layer instanceof BatchNorm norm) {
                String gamma = norm.affine() ? weight(prefix, "weight") : "None";
                String beta = norm.affine() ? weight(prefix, "bias") : "None";
                return let(
                        String.format(
                                Locale.ROOT,
                                "torch.batch_norm(%s, %s, %s, ss[%d], ss[%d], training, 0.1, 1.0000000000000001e-05, True)",
                                x,
                                gamma,
                                beta,
                                layout.statistic(ParameterLayout.join(prefix, "running_mean")),
                                layout.statistic(ParameterLayout.join(prefix, "running_var"))));
            }
            if (layer instanceof Relu) {
                return let("torch.relu_(" + x + ")");
            }
            if (layer instanceof MaxPool pool) {
                return let(
                        String.format(
                                Locale.ROOT,
                                "torch.max_pool2d(%s, [%d, %d], [%d, %d], [%d, %d], [1, 1], False)",
                                x,
                                pool.kernel(),
                                pool.kernel(),
                                pool.stride(),
                                pool.stride(),
                                pool.padding(),
                                pool.padding()));
            }
            if (layer instanceof GlobalAveragePool) {
                return let("torch.flatten(torch.adaptive_avg_pool2d(" + x + ", [1, 1]), 1, -1)");
            }
            throw new IllegalArgumentException("unknown layer " + layer);
        }

        private String weight(String prefix, String name) {
            return "ws[" + layout.weight(ParameterLayout.join(prefix, name)) + "]";
        }

        private String half(String x) {
            return bf16 ? "torch.to(" + x + ", " + BFLOAT16 + ")" : x;
        }

        private String let(String expression) {
            String name = "t" + variables++;
            body.append("    ").append(name).append(" = ").append(expression).append('\n');
            return name;
        }
    }
}
