package org.directpred.optimise;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.Locale;
import org.directpred.tensor.TorchScript;

/** Two views of a flat array: its front, which decays, and the rest. */
final class FrontAndBack implements AutoCloseable {
    private final TorchScript script;

    /** Of arrays of that size, with so many elements at the front. */
    FrontAndBack(long front, long size) {
        this.script =
                TorchScript.compile(
                        String.format(
                                Locale.ROOT,
                                """
                                  def split(self, x: Tensor) -> List[Tensor]:
                                    return torch.split_with_sizes(x, [%d, %d])
                                """,
                                front,
                                size - front),
                        Device.cpu());
    }

    /** Refuses a front that lies outside the array. */
    static void require(long decayed, long size) {
        if (decayed < 0 || decayed > size) {
            throw new IllegalArgumentException(
                    "decayed, the number of elements with weight decay, must lie between 0 and %d, not be %d"
                            .formatted(size, decayed));
        }
    }

    /** The two views, which may be changed in place; the caller closes them. */
    NDList of(NDArray array) {
        // Of the same memory, but no leaf.
        try (NDArray plain = array.stopGradient()) {
            return script.call("split", plain);
        }
    }

    @Override
    public void close() {
        script.close();
    }
}
