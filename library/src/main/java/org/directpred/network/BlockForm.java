package org.directpred.network;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SymbolBlock;
import ai.djl.training.initializer.Initializer;
import ai.djl.util.Pair;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.directpred.tensor.OnHost;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;

/**
 * A DJL block with parameters of its own, sorted by what becomes of them: trained ones go to the
 * flat array of weights, running means and variances to the statistics, and all others (frozen
 * ones, the scale and shift of a BatchNorm that has none) stay the constants that they are.
 */
final class BlockForm implements AutoCloseable {

    /**
     * A parameter of the block.
     *
     * @param loaded whether the block came with values for it
     */
    record Entry(String name, Parameter parameter, boolean loaded) {
        List<Long> shape() {
            List<Long> shape = new ArrayList<>();
            for (long d : parameter.getShape().getShape()) {
                shape.add(d);
            }
            return shape;
        }

        /**
         * The filler of the values that training starts from: the block's own, or drawn by its
         * initialiser.
         */
        ParameterLayout.Filler start() {
            if (loaded) {
                float[] own = floats(parameter.getArray());
                return (values, seed) -> System.arraycopy(own, 0, values, 0, values.length);
            }
            Initializer initializer = parameter.getInitializer();
            Shape shape = parameter.getShape();
            return (values, seed) ->
                    TrainingThread.run(
                            () -> {
                                Torch.engine().setRandomSeed((int) (seed ^ (seed >>> 32)));
                                try (NDManager scope = Torch.newManager(Device.cpu());
                                        NDArray drawn =
                                                initializer.initialize(
                                                        scope, shape, DataType.FLOAT32)) {
                                    System.arraycopy(
                                            OnHost.floats(drawn), 0, values, 0, values.length);
                                }
                            });
        }

        private static float[] floats(NDArray array) {
            try (NDArray plain = array.stopGradient();
                    NDArray narrow = plain.toType(DataType.FLOAT32, true)) {
                return OnHost.floats(narrow);
            }
        }
    }

    private final NDManager manager;
    private final Block block;
    private final List<Entry> weights = new ArrayList<>();
    private final List<Entry> statistics = new ArrayList<>();
    private final List<Parameter> constants = new ArrayList<>();

    /**
     * Initialises a block.
     *
     * @param block not yet initialised, or with values, from which training then starts
     * @param input shape of one image or vector, without the batch
     */
    BlockForm(Block block, Shape input) {
        if (block instanceof SymbolBlock) {
            throw new IllegalArgumentException(
                    "a TorchScript model keeps its parameters to itself; a block that is trained here must be made of DJL's blocks");
        }
        this.block = block;
        this.manager = Torch.newManager(Device.cpu());
        Set<String> loaded = new HashSet<>();
        for (Pair<String, Parameter> p : block.getParameters()) {
            if (p.getValue().isInitialized()) {
                loaded.add(p.getValue().getId());
            }
        }
        try {
            block.initialize(manager, DataType.FLOAT32, batched(input));
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
        for (Pair<String, Parameter> p : block.getParameters()) {
            Parameter parameter = p.getValue();
            Entry entry = new Entry(p.getKey(), parameter, loaded.contains(parameter.getId()));
            if (parameter.requiresGradient()) {
                weights.add(entry);
            } else if (parameter.getType() == Parameter.Type.RUNNING_MEAN
                    || parameter.getType() == Parameter.Type.RUNNING_VAR) {
                statistics.add(entry);
            } else {
                constants.add(parameter);
            }
        }
    }

    Block block() {
        return block;
    }

    /** The trained parameters, in the block's order. */
    List<Entry> weights() {
        return weights;
    }

    /** Running means and variances, in the block's order. */
    List<Entry> statistics() {
        return statistics;
    }

    /** The parameters that never change. */
    List<Parameter> constants() {
        return constants;
    }

    /** The number of features that the block makes of one image or vector. */
    int outputs(Shape input) {
        Shape[] shapes = block.getOutputShapes(new Shape[] {batched(input)});
        if (shapes.length != 1 || shapes[0].dimension() != 2) {
            throw new IllegalArgumentException(
                    "an encoder gives one array [batch, features], but for images of shape %s this block gives %s: end it with Pool.globalAvgPool2dBlock() or Blocks.batchFlattenBlock()"
                            .formatted(input, List.of(shapes)));
        }
        return Math.toIntExact(shapes[0].get(1));
    }

    @Override
    public void close() {
        manager.close();
    }

    private static Shape batched(Shape input) {
        // BatchNorm needs a variance, also where a block finds its shapes by running.
        return new Shape(2).addAll(input);
    }
}
