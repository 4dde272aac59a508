package org.directpred.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.initializer.NormalInitializer;
import ai.djl.training.initializer.UniformInitializer;
import java.util.List;
import org.directpred.network.Layer.BatchNorm;
import org.directpred.network.Layer.Child;
import org.directpred.network.Layer.Convolution;
import org.directpred.network.Layer.Custom;
import org.directpred.network.Layer.GlobalAveragePool;
import org.directpred.network.Layer.Linear;
import org.directpred.network.Layer.MaxPool;
import org.directpred.network.Layer.Relu;
import org.directpred.network.Layer.Residual;
import org.directpred.network.Layer.Sequence;

/** The readable form of a network: each layer as the DJL block of the same meaning. */
final class ReferenceBlocks {
    private ReferenceBlocks() {}

    static Block of(Layer layer) {
        if (layer instanceof Custom custom) {
            return custom.maker().get();
        }
        if (layer instanceof Sequence sequence) {
            SequentialBlock block = new SequentialBlock();
            for (Child child : sequence.children()) {
                block.add(of(child.layer()));
            }
            return block;
        }
        if (layer instanceof Residual residual) {
            return new ParallelBlock(
                    ReferenceBlocks::reluOfSum,
                    List.of(
                            of(residual.main()),
                            residual.shortcut().children().isEmpty()
                                    ? Blocks.identityBlock()
                                    : of(residual.shortcut())));
        }
        if (layer instanceof Convolution c) {
            Block block =
                    Conv2d.builder()
                            .setFilters(c.out())
                            .setKernelShape(new Shape(c.kernel(), c.kernel()))
                            .optStride(new Shape(c.stride(), c.stride()))
                            .optPadding(new Shape(c.padding(), c.padding()))
                            .optBias(false)
                            .build();
            block.setInitializer(
                    switch (c.start()) {
                        case UNIFORM_FAN_IN -> new UniformInitializer((float) c.scale());
                        case NORMAL_FAN_OUT -> new NormalInitializer((float) c.scale());
                    },
                    Parameter.Type.WEIGHT);
            return block;
        }
        if (layer instanceof Linear linear) {
            Block block =
                    ai.djl.nn.core.Linear.builder()
                            .setUnits(linear.out())
                            .optBias(linear.bias())
                            .build();
            block.setInitializer(new UniformInitializer((float) linear.scale()), parameter -> true);
            return block;
        }
        if (layer instanceof BatchNorm norm) {
            return ai.djl.nn.norm.BatchNorm.builder()
                    .optAxis(1)
                    // What stays of the old value; PyTorch's momentum of 0.1 is what comes anew.
                    .optMomentum(0.9f)
                    .optEpsilon(1e-5f)
                    .optScale(norm.affine())
                    .optCenter(norm.affine())
                    .build();
        }
        if (layer instanceof Relu) {
            return Activation.reluBlock();
        }
        if (layer instanceof MaxPool pool) {
            return Pool.maxPool2dBlock(
                    new Shape(pool.kernel(), pool.kernel()),
                    new Shape(pool.stride(), pool.stride()),
                    new Shape(pool.padding(), pool.padding()));
        }
        if (layer instanceof GlobalAveragePool) {
            return Pool.globalAvgPool2dBlock();
        }
        throw new IllegalArgumentException("unknown layer " + layer);
    }

    private static NDList reluOfSum(List<NDList> branches) {
        NDArray main = branches.get(0).singletonOrThrow();
        return new NDList(Activation.relu(main.add(branches.get(1).singletonOrThrow())));
    }
}
