package org.directpred.network;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import org.directpred.network.FunctionalNetwork.Part;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;

/**
 * A backbone from a safetensors file, in evaluation mode.
 *
 * <p>The files hold PyTorch's names, shapes and order of numbers: a ResNet's are torchvision's
 * without its last layer, so that in Python
 *
 * <pre>
 * model = torchvision.models.resnet18()
 * model.fc = torch.nn.Identity()
 * model.load_state_dict(safetensors.torch.load_file("backbone.safetensors"), strict=True)
 * </pre>
 *
 * <p>loads one, and {@code safetensors.torch.save_file(model.state_dict(), ...)} writes one that
 * {@link #load} reads, with or without the last layer {@code fc}. The weights may be float16,
 * bfloat16, float32 or float64, and may all stand below one prefix ({@code backbone.}, {@code
 * module.encoder.}, {@code encoder_q.}), which is found and said.
 */
public final class StoredBackbone implements Backbone, AutoCloseable {
    private final Architecture architecture;
    private final Network network;
    private final FlatWeights weights;
    private final NDManager manager;
    private final String description;

    private StoredBackbone(Path file, Architecture architecture, Device device) {
        this.architecture = architecture;
        this.manager = Torch.newManager(device);
        this.network = Network.of(List.of(new Part("", architecture)), Precision.FLOAT32, device);
        this.weights = new FlatWeights(network.layout(), 0, false, DataType.FLOAT32, manager);
        this.description = architecture.name() + " from " + file.getFileName();
        try {
            weights.load("", BackboneFile.read(file, network.layout(), ""));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Reads a backbone; the caller closes it.
     *
     * @param file by {@link OnlineAndTarget#saveBackbone} or by Python
     * @param architecture what the file is of
     * @throws IllegalArgumentException naming the file and the parameter that it lacks, has too
     *     many or has in another shape
     * @throws UncheckedIOException if the file cannot be read
     */
    public static StoredBackbone load(Path file, Architecture architecture, Device device) {
        return TrainingThread.call(() -> new StoredBackbone(file, architecture, device));
    }

    @Override
    public NDArray features(NDArray images) {
        Torch.requireOpen(
                weights.weights(),
                () ->
                        "the backbone \"%s\" is closed: read it again with StoredBackbone.load"
                                .formatted(description));
        return network.features(images, weights.weights(), weights.statistics());
    }

    @Override
    public int dimension() {
        return architecture.outputs();
    }

    @Override
    public Device device() {
        return manager.getDevice();
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public void close() {
        TrainingThread.run(
                () -> {
                    network.close();
                    manager.close();
                });
    }
}
