package org.directpred.network;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

/**
 * A network as evaluation sees it: images in, features out, without gradient and with BatchNorm in
 * evaluation mode.
 */
public interface Backbone {

    /**
     * Features of a batch of images. Called on the {@link org.directpred.tensor.TrainingThread}.
     *
     * @param images {@code [batch, channels, height, width]}, float32, normalised as in training,
     *     on {@link #device}
     * @return {@code [batch, dimension]}, float32; belongs to the manager of {@code images}
     */
    NDArray features(NDArray images);

    /** The number of features of an image. */
    int dimension();

    /** The device that the network lies on. */
    Device device();

    /**
     * The network's description, for tables and provenance: architecture, how it was trained and
     * for how long.
     */
    String description();
}
