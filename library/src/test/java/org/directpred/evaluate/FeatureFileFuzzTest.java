package org.directpred.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whatever a file holds, {@link Features#load} gives features or an {@link
 * IllegalArgumentException} that names the file: no other exception, no hang, and no more memory
 * than the file's own size allows.
 *
 * <p>{@code JAZZER_FUZZ=1 mvn -pl library test -Dtest=FeatureFileFuzzTest} looks for new inputs.
 */
class FeatureFileFuzzTest {
    private static final int DATA = 64;

    @FuzzTest(maxDuration = "10m")
    void features(byte[] input) throws IOException {
        Path file = Files.createTempFile("fuzz", ".safetensors");
        try {
            // As it is, and as the header of a file with some numbers behind it.
            for (byte[] bytes : new byte[][] {input, withLengthAndData(input)}) {
                Files.write(file, bytes);
                try {
                    Features features = Features.load(file);
                    for (int i = 0; i < features.size(); i++) {
                        features.row(i);
                        features.label(i);
                    }
                } catch (IllegalArgumentException refused) {
                    assertThat(refused.getMessage()).contains(file.toString());
                }
            }
        } finally {
            Files.delete(file);
        }
    }

    private static byte[] withLengthAndData(byte[] header) {
        ByteBuffer all = ByteBuffer.allocate(8 + header.length + DATA);
        all.order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).put(header);
        // Small labels, a large one and numbers.
        return all.putInt(0).putInt(1).putInt(Integer.MAX_VALUE).putFloat(.5f).array();
    }
}
