package org.directpred.doctor;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.ptr.IntByReference;
import java.util.List;
import java.util.Optional;

/** What NVIDIA's driver itself says, without libtorch and without CUDA's runtime. */
final class CudaDriver {
    private static final List<String> NAMES = List.of("libcuda.so.1", "cuda", "nvcuda");

    /** The functions used, by their names in C. */
    interface Functions extends Library {
        int cuInit(int flags);

        int cuDriverGetVersion(IntByReference version);

        int cuDeviceGetCount(IntByReference count);
    }

    /**
     * The driver's answers.
     *
     * @param status of {@code cuInit}; 0 is success, 100 no device
     * @param cuda the newest CUDA that it can run, 1000 major + 10 minor
     * @param devices cards that it sees
     */
    record Answer(int status, int cuda, int devices) {
        String version() {
            return cuda / 1000 + "." + cuda % 1000 / 10;
        }
    }

    private CudaDriver() {}

    /** What the driver says, or nothing where there is none. */
    static Optional<Answer> ask() {
        for (String name : NAMES) {
            Functions driver;
            try {
                driver = Native.load(name, Functions.class);
            } catch (UnsatisfiedLinkError e) {
                continue;
            }
            IntByReference version = new IntByReference();
            IntByReference count = new IntByReference();
            int status = driver.cuInit(0);
            driver.cuDriverGetVersion(version);
            if (status == 0) {
                driver.cuDeviceGetCount(count);
            }
            return Optional.of(new Answer(status, version.getValue(), count.getValue()));
        }
        return Optional.empty();
    }
}
