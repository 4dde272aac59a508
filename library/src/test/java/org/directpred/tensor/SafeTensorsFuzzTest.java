package org.directpred.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whatever a file holds, {@link SafeTensors#read} gives its arrays or an {@link IOException} that
 * names the file: no other exception, no hang, and no more memory than the file's own size allows.
 *
 * <p>{@code JAZZER_FUZZ=1 mvn -pl library test -Dtest=SafeTensorsFuzzTest} looks for new inputs.
 */
class SafeTensorsFuzzTest {
    private static final int DATA = 64;

    @FuzzTest(maxDuration = "10m")
    void arrays(byte[] input) throws IOException {
        Path file = Files.createTempFile("fuzz", ".safetensors");
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            // As it is, and as the header of a file with some numbers behind it.
            for (byte[] bytes : new byte[][] {input, withLengthAndData(input)}) {
                Files.write(file, bytes);
                try {
                    SafeTensors.read(file, manager);
                } catch (IOException refused) {
                    assertThat(refused.getMessage()).contains(file.toString());
                }
            }
        } finally {
            Files.delete(file);
        }
    }

    private static byte[] withLengthAndData(byte[] header) {
        ByteBuffer all = ByteBuffer.allocate(8 + header.length + DATA);
        return all.order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).put(header).array();
    }
}
