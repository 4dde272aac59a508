package org.directpred.experiment;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The child processes over which an ablation is spread.
 *
 * @param workers how many run at the same time
 * @param devices GPU numbers, one for each worker ({@code CUDA_VISIBLE_DEVICES}); empty for the CPU
 * @param threads of each child on the CPU
 * @param limit how long a child may take before it is ended; empty where it may take for ever
 */
public record ProcessPool(
        int workers, List<String> devices, int threads, Optional<Duration> limit) {
    /** Checks the numbers. */
    public ProcessPool {
        devices = List.copyOf(devices);
        if (workers < 1 || threads < 1) {
            throw new IllegalArgumentException(
                    "a pool needs a worker and a thread for it, not "
                            + workers
                            + " and "
                            + threads);
        }
        limit.ifPresent(
                longest -> {
                    if (longest.isZero() || longest.isNegative()) {
                        throw new IllegalArgumentException(
                                "a child needs some time, not " + longest);
                    }
                });
        if (!devices.isEmpty() && devices.size() != workers) {
            throw new IllegalArgumentException(
                    workers + " workers but " + devices.size() + " devices " + devices);
        }
    }

    /** A pool whose children may take for ever. */
    public ProcessPool(int workers, List<String> devices, int threads) {
        this(workers, devices, threads, Optional.empty());
    }

    /** Some workers on the CPU, which share its cores evenly. */
    public static ProcessPool onCpu(int workers) {
        int cores = Runtime.getRuntime().availableProcessors();
        return new ProcessPool(workers, List.of(), Math.max(1, cores / Math.max(1, workers)));
    }

    /** One worker for each GPU. */
    public static ProcessPool onGpus(int... numbers) {
        int cores = Runtime.getRuntime().availableProcessors();
        return new ProcessPool(
                numbers.length,
                java.util.Arrays.stream(numbers).mapToObj(Integer::toString).toList(),
                Math.max(1, cores / Math.max(1, numbers.length)));
    }

    /** This pool with another number of threads for each child. */
    public ProcessPool withThreads(int number) {
        return new ProcessPool(workers, devices, number, limit);
    }

    /**
     * This pool with children that are ended after so long, which leaves their points missing; what
     * they have kept in their folders, they go on from when the ablation is run again.
     */
    public ProcessPool withLimit(Duration longest) {
        return new ProcessPool(workers, devices, threads, Optional.of(longest));
    }

    /** The arguments of the running JVM that a child should have too. */
    static List<String> inherited(Stream<String> arguments) {
        return arguments
                .filter(
                        argument ->
                                argument.startsWith("-Xm")
                                        || argument.startsWith("-D")
                                        || argument.startsWith("--add-"))
                .toList();
    }
}
