package org.directpred.network;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.List;
import org.directpred.network.FunctionalNetwork.Part;
import org.directpred.network.FunctionalNetwork.Precision;

/**
 * A network as a function of images and two flat arrays, {@code f(x, weights, statistics) -> y}. It
 * holds no parameters that are trained, so one serves the online and the target network.
 *
 * <p>Its two forms are equal: {@link FunctionalNetwork} is fast, {@link BlockNetwork} runs DJL
 * blocks, also those of a user.
 */
public interface Network extends AutoCloseable {

    /**
     * The fast form, or the one of blocks if a part is a user's own block.
     *
     * @param parts prefix and architecture of each part, which run one after the other
     * @param device where its arguments will be
     */
    static Network of(List<Part> parts, Precision precision, Device device) {
        return parts.stream().anyMatch(part -> part.architecture().isBlock())
                ? new BlockNetwork(parts, precision, device)
                : new FunctionalNetwork(parts, precision, device);
    }

    /** The layout of the parameters in the flat arrays. */
    ParameterLayout layout();

    /** The number of features of the output. */
    int outputs();

    /**
     * Both views through the network in training mode, one after the other: each is normalised by
     * its own batch, and the running statistics move twice.
     *
     * @param first {@code [batch, channels, height, width]} or {@code [batch, features]}
     * @param second of the same shape
     * @param weights flat, {@code [weightElements]}
     * @param statistics flat, {@code [statisticElements]}. Modified.
     * @return the two outputs, {@code [batch, outputs]}, float32; they belong to the manager of
     *     {@code first}
     */
    NDList train(NDArray first, NDArray second, NDArray weights, NDArray statistics);

    /** {@link #train(NDArray, NDArray, NDArray, NDArray)} for one batch. */
    NDArray train(NDArray x, NDArray weights, NDArray statistics);

    /**
     * {@link #train(NDArray, NDArray, NDArray, NDArray)}, and what the first part gave on the way.
     *
     * @return the two outputs, then the first part's outputs for the two views, {@code [batch,
     *     features]}, float32, outside the graph; all belong to the manager of {@code first}
     */
    NDList trainWithFeatures(NDArray first, NDArray second, NDArray weights, NDArray statistics);

    /** {@link #trainWithFeatures(NDArray, NDArray, NDArray, NDArray)} for one batch. */
    NDList trainWithFeatures(NDArray x, NDArray weights, NDArray statistics);

    /**
     * The output of the first part in evaluation mode: BatchNorm uses its running statistics and
     * leaves them alone.
     *
     * @return {@code [batch, features]}, float32; belongs to the manager of {@code x}
     */
    NDArray features(NDArray x, NDArray weights, NDArray statistics);

    /** The output of the last part in evaluation mode. */
    NDArray evaluate(NDArray x, NDArray weights, NDArray statistics);

    /** Whether training mode may draw from the engine's random numbers, as dropout does. */
    boolean drawsAtRandom();

    @Override
    void close();
}
