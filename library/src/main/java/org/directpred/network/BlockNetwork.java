package org.directpred.network;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.directpred.network.FunctionalNetwork.Part;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.network.Layer.Child;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TorchScript;
import org.jspecify.annotations.Nullable;

/**
 * The reference form of a network: DJL blocks whose parameters are views of the two flat arrays.
 * Slower than {@link FunctionalNetwork}, equal to it, and open to every DJL block.
 */
public final class BlockNetwork implements Network {
    private final List<BlockForm> forms = new ArrayList<>();
    private final List<Shape> inputs = new ArrayList<>();
    private final ParameterLayout layout;
    private final NDManager manager;
    private final TorchScript script;
    private final int outputs;
    // Parameter ids: of the layout's weights and statistics in their order, and of the constants.
    private final List<String> weightIds;
    private final List<String> statisticIds;
    private final Map<String, NDArray> constants = new HashMap<>();

    /**
     * Makes the blocks of parts that run one after the other.
     *
     * @param parts prefix and architecture of each part
     * @param device where its arguments will be
     * @throws IllegalArgumentException if the parts do not fit or the precision is bfloat16, which
     *     DJL's blocks do not compute in
     */
    public BlockNetwork(List<Part> parts, Precision precision, Device device) {
        if (precision == Precision.BFLOAT16) {
            throw new IllegalArgumentException(
                    "precision BFLOAT16 is for the library's own networks; %s is made of DJL blocks, which compute in FLOAT32"
                            .formatted(parts.get(0).architecture().name()));
        }
        List<Child> children = Part.children(parts);
        this.layout = new ParameterLayout(children);
        this.outputs = parts.get(parts.size() - 1).architecture().outputs();
        this.manager = Torch.newManager(device);
        Map<String, String> ids = new HashMap<>();
        for (Part part : parts) {
            Shape input = part.architecture().input();
            BlockForm form = new BlockForm(part.architecture().block(), input);
            forms.add(form);
            inputs.add(part.architecture().isBlock() ? input : new Shape());
            ParameterLayout.Names names =
                    ParameterLayout.names(part.name(), part.architecture().layers());
            for (int i = 0; i < names.weights().size(); i++) {
                ids.put(names.weights().get(i), form.weights().get(i).parameter().getId());
            }
            for (int i = 0; i < names.statistics().size(); i++) {
                ids.put(names.statistics().get(i), form.statistics().get(i).parameter().getId());
            }
            for (Parameter p : form.constants()) {
                NDArray array = p.getArray().toDevice(device, true).toType(precision.type(), false);
                array.attach(manager);
                constants.put(p.getId(), array);
            }
        }
        this.weightIds = layout.weights().stream().map(slot -> ids.get(slot.name())).toList();
        this.statisticIds = layout.statistics().stream().map(slot -> ids.get(slot.name())).toList();
        this.script = TorchScript.compile(views(), device);
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
        Views views = new Views(first, weights, statistics);
        return new NDList(
                run(first, forms.size(), views, true), run(second, forms.size(), views, true));
    }

    @Override
    public NDArray train(NDArray x, NDArray weights, NDArray statistics) {
        return run(x, forms.size(), new Views(x, weights, statistics), true);
    }

    @Override
    public NDList trainWithFeatures(
            NDArray first, NDArray second, NDArray weights, NDArray statistics) {
        Views views = new Views(first, weights, statistics);
        NDList one = runWithFeatures(first, views);
        NDList two = runWithFeatures(second, views);
        return new NDList(one.get(0), two.get(0), one.get(1), two.get(1));
    }

    @Override
    public NDList trainWithFeatures(NDArray x, NDArray weights, NDArray statistics) {
        return runWithFeatures(x, new Views(x, weights, statistics));
    }

    @Override
    public NDArray features(NDArray x, NDArray weights, NDArray statistics) {
        return run(x, 1, new Views(x, weights, statistics), false);
    }

    @Override
    public NDArray evaluate(NDArray x, NDArray weights, NDArray statistics) {
        return run(x, forms.size(), new Views(x, weights, statistics), false);
    }

    @Override
    public boolean drawsAtRandom() {
        return true;
    }

    @Override
    public void close() {
        script.close();
        forms.forEach(BlockForm::close);
        manager.close();
    }

    private NDArray run(NDArray x, int parts, Views views, boolean training) {
        return run(x, 0, parts, views, training);
    }

    /** The output in training mode, and that of the first part outside the graph. */
    private NDList runWithFeatures(NDArray x, Views views) {
        NDArray features = run(x, 0, 1, views, true);
        NDArray detached = features.stopGradient();
        detached.attach(x.getManager());
        return new NDList(run(features, 1, forms.size(), views, true), detached);
    }

    private NDArray run(NDArray x, int from, int to, Views views, boolean training) {
        if (training) {
            FunctionalNetwork.requireImages(x);
        }
        NDArray y = FunctionalNetwork.typed(x, views.weights);
        for (int i = from; i < to; i++) {
            Shape given = y.getShape().slice(1);
            if (inputs.get(i).dimension() > 0 && !given.equals(inputs.get(i))) {
                throw new IllegalArgumentException(
                        "this encoder was described for images of shape %s, not %s: describe it with that shape, Architecture.of(name, block, shape)"
                                .formatted(inputs.get(i), given));
            }
            y = forms.get(i).block().forward(views, new NDList(y), training).singletonOrThrow();
        }
        return y;
    }

    /** A TorchScript function from the flat arrays to the views of all parameters. */
    private String views() {
        return "  def weights(self, x: Tensor, flat: Tensor) -> List[Tensor]:\n"
                + body(layout.weights())
                + "  def statistics(self, x: Tensor, flat: Tensor) -> List[Tensor]:\n"
                + body(layout.statistics());
    }

    private static String body(List<ParameterLayout.Slot> slots) {
        List<String> sizes = new ArrayList<>();
        List<String> views = new ArrayList<>();
        for (ParameterLayout.Slot slot : slots) {
            String flat = "p[" + sizes.size() + "]";
            sizes.add(Long.toString(slot.size()));
            List<Long> s = slot.shape();
            views.add(
                    s.size() == 4
                            ? String.format(
                                    Locale.ROOT,
                                    "torch.permute(torch.view(%s, [%d, %d, %d, %d]), [0, 3, 1, 2])",
                                    flat,
                                    s.get(0),
                                    s.get(2),
                                    s.get(3),
                                    s.get(1))
                            : "torch.view(%s, %s)".formatted(flat, s));
        }
        return "    p = torch.split_with_sizes(flat, %s, 0)\n    return %s\n"
                .formatted(sizes, views);
    }

    /** The parameters as the blocks see them during one call. */
    private final class Views extends ParameterStore {
        private final Map<String, NDArray> arrays = new HashMap<>(constants);
        private final NDArray weights;

        Views(NDArray x, NDArray weights, NDArray statistics) {
            super(x.getManager(), false);
            this.weights = weights;
            put(weightIds, "weights", x, weights);
            if (!statisticIds.isEmpty()) {
                put(statisticIds, "statistics", x, statistics);
            }
        }

        private void put(List<String> ids, String method, NDArray x, NDArray flat) {
            NDList views = script.call(method, x, flat);
            for (int i = 0; i < ids.size(); i++) {
                arrays.put(ids.get(i), views.get(i));
            }
        }

        @Override
        public @Nullable NDArray getValue(
                @Nullable Parameter parameter, Device device, boolean training) {
            // Blocks ask for a bias that they do not have, too.
            return parameter == null ? null : arrays.get(parameter.getId());
        }
    }
}
