package org.directpred.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files of Python's safetensors ({@code python/evaluate/formats_fixture.py}), and other files. */
class SafeTensorsTest {
    private static final float[] VALUES = {0, 1, -2.5f, 65504, 0x1p-14f, 0x1.554p-2f};

    @TempDir Path folder;

    @Test
    void everyTypeIsReadAndWrittenAsItIs() throws Exception {
        Path file = Path.of(SafeTensorsTest.class.getResource("dtypes.safetensors").toURI());
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            SafeTensors stored = SafeTensors.read(file, manager);
            checkAll(stored.tensors());
            assertThat(stored.metadata()).containsEntry("format", "pt");
            Path again = folder.resolve("again.safetensors");
            stored.write(again);
            checkAll(SafeTensors.read(again, manager).tensors());
        }
    }

    private static void checkAll(Map<String, NDArray> all) {
        assertThat(all.get("f64").toDoubleArray()).startsWith(0, 1, -2.5, 65504);
        assertThat(all.get("f32").toFloatArray()).isEqualTo(VALUES);
        assertThat(all.get("f16").getDataType()).isEqualTo(DataType.FLOAT16);
        assertThat(wide(all.get("f16"))).isEqualTo(VALUES);
        assertThat(all.get("bf16").getDataType()).isEqualTo(DataType.FLOAT32);
        // Eight bits of a number stay: 65504 is 65536, and .33325 is .333984375.
        assertThat(wide(all.get("bf16")))
                .isEqualTo(new float[] {0, 1, -2.5f, 65536, 0x1p-14f, 0x1.56p-2f});
        assertThat(all.get("i64").toLongArray()).containsExactly(0, -1, 1L << 40);
        assertThat(all.get("num_batches_tracked").toLongArray()).containsExactly(7);
        assertThat(all.get("num_batches_tracked").getShape()).isEqualTo(new Shape());
        assertThat(all.get("i32").toIntArray())
                .containsExactly(Integer.MIN_VALUE, Integer.MAX_VALUE);
        assertThat(all.get("i8").toByteArray()).containsExactly(-128, 127);
        assertThat(all.get("u8").toUint8Array()).containsExactly(0, 255);
        assertThat(all.get("bool").toBooleanArray()).containsExactly(true, false);
    }

    private static float[] wide(NDArray array) {
        return array.toType(DataType.FLOAT32, true).toFloatArray();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "80 75 3 4 20 0 8 8 | weights_only=True",
                "128 2 99 99 0 0 0 0 | a pickle",
                "128 4 149 1 0 0 0 0 | a pickle",
                "137 72 68 70 13 10 26 10 | HDF5",
                "31 139 8 0 0 0 0 0 | unpack it first",
                "1 2 3 | has 3 bytes where 8 are needed",
                "255 255 255 255 255 255 255 255 | say that the header has -1 bytes"
            })
    void otherFormatsAreNamedWithTheWayOut(String start, String message) throws IOException {
        int[] numbers =
                Pattern.compile(" ").splitAsStream(start).mapToInt(Integer::parseInt).toArray();
        byte[] bytes = new byte[numbers.length < 8 ? numbers.length : 200];
        for (int i = 0; i < numbers.length; i++) {
            bytes[i] = (byte) numbers[i];
        }
        Path file = Files.write(folder.resolve("model.pth"), bytes);
        for (Reader reader : Arrays.<Reader>asList(SafeTensorsHeader::read, this::whole)) {
            assertThatThrownBy(() -> reader.read(file))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("model.pth")
                    .hasMessageContaining(message);
        }
        assertThatThrownBy(() -> whole(folder)).hasMessageContaining("is a folder");
        assertThatThrownBy(() -> SafeTensorsHeader.read(folder))
                .hasMessageContaining("is a folder");
    }

    @Test
    void aLinkBesideTheFileIsNotWrittenThrough() throws IOException {
        Path precious = Files.writeString(folder.resolve("precious"), "kept");
        Path file = folder.resolve("a.safetensors");
        Files.createSymbolicLink(folder.resolve("a.safetensors.part"), precious);
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            new SafeTensors(Map.of(), Map.of("x", manager.ones(new Shape(2)))).write(file);
        }
        assertThat(precious).hasContent("kept");
        assertThat(file).isRegularFile();
        assertThat(Files.isSymbolicLink(file)).isFalse();
    }

    private interface Reader {
        Object read(Path file) throws IOException;
    }

    private Object whole(Path file) throws IOException {
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            return SafeTensors.read(file, manager);
        }
    }
}
