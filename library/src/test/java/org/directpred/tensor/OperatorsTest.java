package org.directpred.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import org.junit.jupiter.api.Test;

class OperatorsTest {

    @Test
    void eighOfASymmetricMatrix() {
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu())) {
                        // The matrix F3 of the reference numbers.
                        NDArray f =
                                manager.create(
                                        new double[] {2, .5, .1, .5, 1, .2, .1, .2, .5},
                                        new Shape(3, 3));
                        NDList pair = Operators.eigh(f);
                        assertThat(pair.get(0).toDoubleArray())
                                .containsExactly(
                                        new double[] {0.4255510029, 0.8506431028, 2.2238058943},
                                        within(1e-9));
                        NDArray u = pair.get(1);
                        NDArray back = u.mul(pair.get(0)).matMul(u.transpose());
                        assertThat(back.sub(f).abs().max().getDouble()).isLessThan(1e-14);
                    }
                });
    }

    @Test
    void eighRefusesWhatIsNotSquare() {
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            NDArray a = manager.zeros(new Shape(3, 4));
            assertThatThrownBy(() -> Operators.eigh(a))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("(3, 4)");
        }
    }

    @Test
    void sgdFollowsTorch() {
        // Reference trace E4: PyTorch SGD, lr .03, momentum .9, decay 4e-4, gradient .5.
        double[] buffers = {0.5004000000, 0.9507539952, 1.3560611818};
        double[] thetas = {0.9849880000, 0.9564653801, 0.9157835447};
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu())) {
                        NDArray p = manager.create(new double[] {1});
                        NDArray g = manager.create(new double[] {.5});
                        NDArray b = manager.create(new double[] {0});
                        for (int k = 0; k < 3; k++) {
                            Operators.sgd(p, g, b, .03, .9, 4e-4, false);
                            assertThat(b.getDouble()).isCloseTo(buffers[k], within(1e-10));
                            assertThat(p.getDouble()).isCloseTo(thetas[k], within(1e-10));
                        }
                        assertThat(g.getDouble()).isEqualTo(.5);
                    }
                });
    }

    @Test
    void cosineIsDifferentiable() {
        // Reference E1: gradient of -2 cos(p, zt) with respect to p, at p = W z.
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu())) {
                        NDArray q = manager.create(new double[] {1, 2, -1}, new Shape(1, 3));
                        NDArray t = manager.create(new double[] {.5, 1, .25}, new Shape(1, 3));
                        q.setRequiresGradient(true);
                        try (GradientCollector collector = Torch.engine().newGradientCollector()) {
                            NDArray cosine = Operators.cosine(q, t);
                            double nq = Math.sqrt(6);
                            double nt = Math.sqrt(1.3125);
                            assertThat(cosine.getDouble())
                                    .isCloseTo(2.25 / (nq * nt), within(1e-12));
                            NDArray sum = cosine.sum();
                            collector.backward(sum.add(sum).neg());
                            double[] gradient = q.getGradient().toDoubleArray();
                            double[] ts = {.5, 1, .25};
                            double[] qs = {1, 2, -1};
                            for (int i = 0; i < 3; i++) {
                                double expected =
                                        -2
                                                * (ts[i] / (nq * nt)
                                                        - 2.25 * qs[i] / (nq * nq * nq * nt));
                                assertThat(gradient[i]).isCloseTo(expected, within(1e-12));
                            }
                        }
                    }
                });
    }

    @Test
    void lerpAndCopyWorkInPlaceOnALeaf() {
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu())) {
                        NDArray t = manager.create(new float[] {1, 2});
                        NDArray w = manager.create(new float[] {3, 4});
                        w.setRequiresGradient(true);
                        Operators.lerp(t, w, .25);
                        assertThat(t.toFloatArray()).containsExactly(1.5f, 2.5f);
                        Operators.copy(w, t);
                        assertThat(w.toFloatArray()).containsExactly(1.5f, 2.5f);
                    }
                });
    }

    @Test
    void aLeafWithoutItsGradientKeepsItsValuesAndTakesTheNextOne() {
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu())) {
                        NDArray w = manager.create(new float[] {3, 4});
                        NDArray x = manager.create(new float[] {1, 2});
                        w.setRequiresGradient(true);
                        for (int step = 1; step <= 2; step++) {
                            try (GradientCollector collector =
                                    Torch.engine().newGradientCollector()) {
                                collector.backward(w.mul(x).sum());
                            }
                            try (NDArray gradient = w.getGradient()) {
                                assertThat(gradient.toFloatArray()).containsExactly(1, 2);
                            }
                            Torch.dropGradient(w);
                            assertThat(w.toFloatArray()).containsExactly(3, 4);
                        }
                    }
                });
    }

    @Test
    void textThatTorchDoesNotAcceptIsShown() {
        assertThatThrownBy(
                        () ->
                                TorchScript.compile(
                                        "  def f(self, x: Tensor) -> Tensor:\n    return y\n",
                                        Device.cpu()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("return y");
    }
}
