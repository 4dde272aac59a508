package org.directpred.tensor;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A TorchScript module made from source text: the way to every PyTorch operator, without Python and
 * without native code of our own. Tensors never leave the engine, so that on a GPU the operators
 * run there.
 *
 * <p>The text is the body of a class in the serialised dialect of TorchScript: methods only, each
 * variable assigned once, operators by their full name ({@code torch.add_(x, y)}), no keyword that
 * the serialised form does not print.
 */
public final class TorchScript implements AutoCloseable {
    private static final Cleaner FORGOTTEN = Cleaner.create();

    private final PtSymbolBlock block;
    private final NDManager names;
    private final Cleaner.Cleanable cleanable;
    private final Map<String, NDArray> selectors = new HashMap<>();

    private TorchScript(PtSymbolBlock block, NDManager owner, NDManager names) {
        this.block = block;
        this.names = names;
        // Also where nobody closes it: the engine's memory for a module is outside the heap.
        this.cleanable =
                FORGOTTEN.register(
                        this,
                        () -> {
                            names.close();
                            owner.close();
                        });
    }

    /**
     * Compiles methods.
     *
     * @param methods the text of the methods, indented by two spaces
     * @param device where constants live; arguments may be on any device
     * @return the module; the caller closes it
     * @throws IllegalArgumentException if the engine does not accept the text
     */
    public static TorchScript compile(String methods, Device device) {
        // Not by way of a DJL model, which would leave a folder in the temporary one for each.
        NDManager owner = Torch.newManager(device);
        try {
            PtSymbolBlock block =
                    JniUtils.loadModule(
                            (PtNDManager) owner,
                            new ByteArrayInputStream(archive(methods)),
                            false,
                            false);
            return new TorchScript(block, owner, Torch.newManager(Device.cpu()));
        } catch (IOException | RuntimeException e) {
            owner.close();
            throw new IllegalArgumentException(
                    "TorchScript does not accept this text:\n" + methods, e);
        }
    }

    /**
     * Calls a method. The calling thread's gradient mode applies: inside a gradient collector the
     * result is differentiable.
     *
     * @param method the method's name
     * @param arguments its arguments, at least one; the results belong to the first one's manager
     * @return its results
     */
    public NDList call(String method, NDArray... arguments) {
        NDList list = new NDList(arguments.length + 1);
        for (NDArray argument : arguments) {
            list.add(argument);
        }
        list.add(selectors.computeIfAbsent(method, this::selector));
        return IValueUtils.forward(block, list, true);
    }

    /**
     * Calls a method for what it does to its arguments in place, without gradient. The arguments
     * are closed.
     *
     * @param method the method's name
     * @param arguments its arguments
     */
    void callInPlace(String method, IValue... arguments) {
        try (IValue ignored = IValueUtils.runMethod(block, method, arguments)) {
            // The result is an inference tensor that must not meet autograd; what counts happened
            // in place.
        } finally {
            for (IValue argument : arguments) {
                argument.close();
            }
        }
    }

    /**
     * Calls a method for what it does to its arguments in place, without gradient: leaves may be
     * changed. Nothing waits for the device.
     *
     * @param method the method's name; what it returns is dropped
     * @param arguments arrays ({@link NDArray}), lists of arrays, and numbers and flags ({@link
     *     Double}, {@link Long}, {@link Boolean}), in the method's order
     * @throws IllegalArgumentException if an argument is of another kind
     */
    public void run(String method, Object... arguments) {
        IValue[] values = new IValue[arguments.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = value(arguments[i]);
        }
        callInPlace(method, values);
    }

    private static IValue value(Object argument) {
        if (argument instanceof NDArray array) {
            return Operators.value(array);
        } else if (argument instanceof List<?> arrays) {
            return Operators.list(arrays.stream().map(NDArray.class::cast).toArray(NDArray[]::new));
        } else if (argument instanceof Double number) {
            return IValue.from(number);
        } else if (argument instanceof Long number) {
            return IValue.from(number);
        } else if (argument instanceof Boolean flag) {
            return IValue.from(flag);
        }
        throw new IllegalArgumentException(
                "an argument must be an NDArray, a list of them, a Double, a Long or a Boolean, not "
                        + argument);
    }

    @Override
    public void close() {
        cleanable.clean();
    }

    /** DJL names the method to call by the name of an extra array. */
    private NDArray selector(String method) {
        NDArray array = names.zeros(new Shape(1));
        array.setName("module_method:" + method);
        return array;
    }

    /**
     * The archive that {@code torch.jit.load} reads: a zip of stored entries around one module
     * without parameters.
     */
    static byte[] archive(String methods) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            store(zip, "module/version", ascii("3\n"));
            store(zip, "module/byteorder", ascii("little"));
            store(
                    zip,
                    "module/code/__torch__.py",
                    ascii(
                            "class Operators(Module):\n"
                                    + "  __parameters__ = []\n"
                                    + "  __buffers__ = []\n"
                                    + "  training : bool\n"
                                    + methods));
            store(zip, "module/data.pkl", modulePickle());
            store(zip, "module/constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
        }
        return bytes.toByteArray();
    }

    /**
     * Pickle protocol 2 of {@code __torch__.Operators()} with the state {@code {"training":
     * False}}.
     */
    private static byte[] modulePickle() {
        ByteArrayOutputStream pickle = new ByteArrayOutputStream();
        pickle.writeBytes(new byte[] {(byte) 0x80, 2}); // PROTO 2
        pickle.writeBytes(ascii("c__torch__\nOperators\n")); // GLOBAL
        pickle.write(')'); // EMPTY_TUPLE
        pickle.write(0x81); // NEWOBJ
        pickle.writeBytes(ascii("}(")); // EMPTY_DICT, MARK
        pickle.write('X'); // BINUNICODE with a length of four bytes
        pickle.writeBytes(new byte[] {8, 0, 0, 0});
        pickle.writeBytes(ascii("training"));
        pickle.write(0x89); // NEWFALSE
        pickle.writeBytes(ascii("ub.")); // SETITEMS, BUILD, STOP
        return pickle.toByteArray();
    }

    private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(content);
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(crc.getValue());
        entry.setTime(0);
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
