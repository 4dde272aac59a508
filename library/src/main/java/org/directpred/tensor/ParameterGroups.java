package org.directpred.tensor;

import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * How a flat array of parameters is divided: the matrices and kernels one after the other, then the
 * vectors (biases, BatchNorm's scales and shifts).
 *
 * @param matrices the number of elements of each matrix or kernel, in the order in which they lie
 * @param vectors the number of elements of each vector; the first begins where the last matrix ends
 */
public record ParameterGroups(List<Long> matrices, List<Long> vectors) {

    public ParameterGroups {
        matrices = List.copyOf(matrices);
        vectors = List.copyOf(vectors);
        Stream.concat(matrices.stream(), vectors.stream())
                .filter(size -> size < 1)
                .findFirst()
                .ifPresent(
                        size -> {
                            throw new IllegalArgumentException(
                                    "a parameter must have at least 1 element, not " + size);
                        });
    }

    /** A flat array that is one matrix. */
    public static ParameterGroups ofMatrix(long elements) {
        return new ParameterGroups(List.of(elements), List.of());
    }

    /** The number of elements of all matrices: where the vectors begin. */
    public long matrixElements() {
        return sum(matrices);
    }

    /** The number of elements of each parameter, the matrices first. */
    public List<Long> all() {
        return Stream.concat(matrices.stream(), vectors.stream()).toList();
    }

    /** A copy with every vector counted as a matrix, so that none is left out of anything. */
    public ParameterGroups withVectorsAsMatrices() {
        return new ParameterGroups(all(), List.of());
    }

    /** The length of the flat array. */
    public long elements() {
        return sum(matrices) + sum(vectors);
    }

    private static long sum(List<Long> sizes) {
        return sizes.stream().flatMapToLong(LongStream::of).sum();
    }
}
