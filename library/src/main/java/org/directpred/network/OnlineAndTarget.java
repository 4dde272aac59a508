package org.directpred.network;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.directpred.network.FunctionalNetwork.Part;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.tensor.Operators;
import org.directpred.tensor.Torch;

/**
 * The online network W and the target network W<sub>a</sub>: one function, encoder and projector,
 * on two sets of parameters.
 *
 * <p>The target starts from weights of its own (as the authors' program does), moves only by {@link
 * #updateTarget}, and stays in training mode with statistics of its own: the moving average is of
 * parameters alone.
 */
public final class OnlineAndTarget implements AutoCloseable {
    private static final String ENCODER = "encoder";
    private static final String PROJECTOR = "projector";

    private final Network network;
    private final FlatWeights online;
    private final FlatWeights target;
    private final Architecture encoder;
    private final Device device;

    /**
     * An online and a target network from one description.
     *
     * @param encoder images to features
     * @param projector features to z
     * @param targetCopied whether the target starts as a copy of the online network
     */
    public OnlineAndTarget(
            Architecture encoder,
            Architecture projector,
            boolean targetCopied,
            Precision precision,
            long seed,
            NDManager parent) {
        this.encoder = encoder;
        this.device = parent.getDevice();
        this.network =
                Network.of(
                        List.of(new Part(ENCODER, encoder), new Part(PROJECTOR, projector)),
                        precision,
                        device);
        this.online = new FlatWeights(network.layout(), seed, true, precision.type(), parent);
        this.target =
                new FlatWeights(
                        network.layout(),
                        targetCopied ? seed : seed ^ 0x5DEECE66DL,
                        false,
                        precision.type(),
                        parent);
    }

    /** z of both views by the online network, differentiable; {@link Network#train}. */
    public NDList online(NDArray first, NDArray second) {
        requireOpen();
        return network.train(first, second, online.weights(), online.statistics());
    }

    /** t of both views by the target network; no gradient. */
    public NDList target(NDArray first, NDArray second) {
        requireOpen();
        return network.train(first, second, target.weights(), target.statistics());
    }

    /** z of one view by the online network. */
    public NDArray online(NDArray x) {
        requireOpen();
        return network.train(x, online.weights(), online.statistics());
    }

    /**
     * {@link #online(NDArray, NDArray)}, and the encoder's features that came on the way: z of both
     * views, then the features of both, outside the graph; {@link Network#trainWithFeatures}.
     */
    public NDList onlineWithFeatures(NDArray first, NDArray second) {
        requireOpen();
        return network.trainWithFeatures(first, second, online.weights(), online.statistics());
    }

    /** {@link #online(NDArray)}, and the encoder's features of the view, outside the graph. */
    public NDList onlineWithFeatures(NDArray x) {
        requireOpen();
        return network.trainWithFeatures(x, online.weights(), online.statistics());
    }

    /** t of one view by the target network. */
    public NDArray target(NDArray x) {
        requireOpen();
        return network.train(x, target.weights(), target.statistics());
    }

    /**
     * W<sub>a</sub> &lt;- m W<sub>a</sub> + (1 - m) W, parameters only.
     *
     * @param m the paper's gamma<sub>a</sub>, 0 to 1
     */
    public void updateTarget(double m) {
        requireOpen();
        Operators.lerp(target.weights(), online.weights(), 1 - m);
    }

    /**
     * The online network's parameters.
     *
     * @throws IllegalStateException if the networks are closed, as by all that computes here
     */
    public FlatWeights onlineWeights() {
        requireOpen();
        return online;
    }

    /** The target network's parameters. */
    public FlatWeights targetWeights() {
        requireOpen();
        return target;
    }

    /** Whether the networks may draw from the engine's random numbers, as dropout does. */
    public boolean drawsAtRandom() {
        return network.drawsAtRandom();
    }

    /** The number of features of z. */
    public int outputs() {
        return network.outputs();
    }

    /**
     * The online encoder for evaluation. It sees the weights as they are when it is used.
     *
     * @param description how they came about
     */
    public Backbone backbone(String description) {
        return new Backbone() {
            @Override
            public NDArray features(NDArray images) {
                Torch.requireOpen(
                        online.weights(),
                        () ->
                                "the run of the backbone \"%s\" is closed, and the network with it: use it before that, or write it with run.saveBackbone(file) and read it with StoredBackbone.load"
                                        .formatted(description()));
                return network.features(images, online.weights(), online.statistics());
            }

            @Override
            public int dimension() {
                return encoder.outputs();
            }

            @Override
            public Device device() {
                return device;
            }

            @Override
            public String description() {
                return encoder.name() + ", " + description;
            }
        };
    }

    /**
     * Writes the online encoder to a file that {@link StoredBackbone} and torchvision read.
     *
     * @param metadata where it comes from, for the file's header
     * @throws java.io.UncheckedIOException if it cannot be written; a file of that name that was
     *     there before is still there
     */
    public void saveBackbone(Path file, Map<String, String> metadata) {
        requireOpen();
        BackboneFile.write(file, online, ENCODER + ".", metadata);
    }

    /**
     * Takes both encoders, online and target, from a file of {@link StoredBackbone}'s format: a
     * start from trained features. The projectors stay.
     *
     * @throws IllegalArgumentException naming the file and what in it does not fit
     */
    public void loadBackbone(Path file) {
        requireOpen();
        Map<String, float[]> encoder = BackboneFile.read(file, network.layout(), ENCODER + ".");
        for (FlatWeights weights : List.of(online, target)) {
            Map<String, float[]> all = weights.stateDict("");
            encoder.forEach((name, values) -> all.put(ENCODER + "." + name, values));
            weights.load("", all);
        }
    }

    private void requireOpen() {
        Torch.requireOpen(
                online.weights(),
                () ->
                        "these networks are closed, as they are when their run is: use them before that, or start the run again in its folder");
    }

    @Override
    public void close() {
        target.close();
        online.close();
        network.close();
    }
}
