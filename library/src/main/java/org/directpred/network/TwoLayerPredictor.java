package org.directpred.network;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.directpred.network.FunctionalNetwork.Part;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.predictor.Predictor;
import org.directpred.predictor.PredictorChoice;
import org.directpred.require.Require;
import org.directpred.tensor.ParameterGroups;
import org.directpred.tensor.TorchScript;

/**
 * BYOL's and SimSiam's predictor, trained by gradient: Linear - BatchNorm - ReLU - Linear.
 *
 * @param hidden features between the two linear layers; 512 on STL-10 and CIFAR-10, 4096 on
 *     ImageNet
 * @param bias whether the first linear layer has a bias; Table 3 has both columns
 * @param outputBias whether the second has one
 * @param affine whether BatchNorm has a scale and a shift; not in the paper's runs
 * @param symmetric whether the two layers are tied after every step (Table 3): with w =
 *     (W<sub>0</sub> + W<sub>1</sub><sup>T</sup>)/2, W<sub>0</sub> &lt;- w and W<sub>1</sub> &lt;-
 *     w<sup>T</sup>
 */
public record TwoLayerPredictor(
        int hidden, boolean bias, boolean outputBias, boolean affine, boolean symmetric)
        implements PredictorChoice {

    public TwoLayerPredictor {
        Require.atLeast("hidden", hidden, 1);
    }

    /** With biases and BatchNorm not affine, as in the paper's runs. */
    public static TwoLayerPredictor of(int hidden) {
        return new TwoLayerPredictor(hidden, true, true, false, false);
    }

    /**
     * BYOL's on ImageNet, as DeepMind's program has it: hidden 4096 with a bias, BatchNorm affine,
     * the second layer without a bias.
     */
    public static TwoLayerPredictor byol() {
        return new TwoLayerPredictor(4096, true, false, true, false);
    }

    /**
     * SimSiam's on ImageNet (Chen and He 2021, section 3, and their program): hidden 512 without a
     * bias, BatchNorm affine, the second layer with a bias.
     */
    public static TwoLayerPredictor simSiam() {
        return new TwoLayerPredictor(512, false, true, true, false);
    }

    /** A copy with its two layers tied: W<sub>1</sub> = W<sub>0</sub><sup>T</sup>. */
    public TwoLayerPredictor withSymmetry() {
        return new TwoLayerPredictor(hidden, bias, outputBias, affine, true);
    }

    /** A copy without the linear layers' biases. */
    public TwoLayerPredictor withoutBias() {
        return new TwoLayerPredictor(hidden, false, false, affine, symmetric);
    }

    /** A copy without the first linear layer's bias. */
    public TwoLayerPredictor withoutHiddenBias() {
        return new TwoLayerPredictor(hidden, false, outputBias, affine, symmetric);
    }

    /** A copy without the second linear layer's bias. */
    public TwoLayerPredictor withoutOutputBias() {
        return new TwoLayerPredictor(hidden, bias, false, affine, symmetric);
    }

    /** A copy with BatchNorm's scale and shift. */
    public TwoLayerPredictor withAffine() {
        return new TwoLayerPredictor(hidden, bias, outputBias, true, symmetric);
    }

    @Override
    public Predictor create(int dimension, DataType type, long seed, NDManager manager) {
        FunctionalNetwork network =
                new FunctionalNetwork(
                        List.of(
                                new Part(
                                        "predictor",
                                        new Head(
                                                        hidden,
                                                        1,
                                                        dimension,
                                                        bias,
                                                        outputBias,
                                                        affine,
                                                        false)
                                                .on(dimension))),
                        Precision.FLOAT32,
                        manager.getDevice());
        FlatWeights weights = new FlatWeights(network.layout(), seed, true, type, manager);
        Optional<TorchScript> tie =
                symmetric ? Optional.of(tie(network.layout(), dimension)) : Optional.empty();
        return new Predictor() {
            @Override
            public NDArray predict(NDArray z) {
                return network.train(z, weights.weights(), weights.statistics());
            }

            @Override
            public void observe(NDArray z1, NDArray z2, NDArray t1, NDArray t2) {}

            @Override
            public void afterStep(long step) {
                tie.ifPresent(t -> t.run("tie", weights.weights()));
            }

            @Override
            public Optional<NDArray> parameters() {
                return Optional.of(weights.weights());
            }

            @Override
            public Optional<ParameterGroups> parameterGroups() {
                return Optional.of(network.layout().parameterGroups());
            }

            @Override
            public Optional<NDArray> matrix() {
                return Optional.empty();
            }

            @Override
            public Optional<NDArray> statistics() {
                return Optional.of(weights.statistics());
            }

            @Override
            public Map<String, NDArray> state() {
                return Map.of("weights", weights.weights(), "statistics", weights.statistics());
            }

            @Override
            public void close() {
                tie.ifPresent(TorchScript::close);
                weights.close();
                network.close();
            }
        };
    }

    @Override
    public String describe() {
        return "two layers, hidden "
                + hidden
                + (bias == outputBias
                        ? (bias ? "" : ", no bias")
                        : (bias ? ", no output bias" : ", no hidden bias"))
                + (affine ? ", affine" : "")
                + (symmetric ? ", symmetric" : "");
    }

    private TorchScript tie(ParameterLayout layout, int dimension) {
        // The two matrices lie at the front, W0 [hidden, d] and W1 [d, hidden].
        List<Long> sizes = layout.parameterGroups().matrices();
        long second = sizes.get(0);
        return TorchScript.compile(
                """
                  def tie(self, p: Tensor) -> NoneType:
                    w0 = torch.view(torch.slice(p, 0, 0, %1$d), [%3$d, %4$d])
                    w1 = torch.view(torch.slice(p, 0, %1$d, %2$d), [%4$d, %3$d])
                    w = torch.div(torch.add(w0, torch.t(w1)), 2)
                    _0 = torch.copy_(w0, w)
                    _1 = torch.copy_(w1, torch.t(w))
                    return None
                """
                        .formatted(second, second + sizes.get(1), hidden, dimension),
                Device.cpu());
    }
}
