package org.directpred.train;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.directpred.network.Architecture;
import org.directpred.network.Architecture.Stem;
import org.directpred.network.Layer;
import org.directpred.network.Layer.Custom;
import org.directpred.network.Layer.Residual;
import org.directpred.network.Layer.Sequence;

/** An encoder in a recipe's JSON: the library's in a few words, others by their layers. */
sealed interface EncoderForm {

    /** The encoder. */
    Architecture architecture();

    /** {@link Architecture#resNet}. */
    record ResNet(int depth, Stem stem) implements EncoderForm {
        @Override
        public Architecture architecture() {
            return Architecture.resNet(depth, stem);
        }
    }

    /** {@link Architecture#small}. */
    record Small(int channels, int width) implements EncoderForm {
        @Override
        public Architecture architecture() {
            return Architecture.small(channels, width);
        }
    }

    /** Any other, layer by layer. */
    record Layers(String name, int inputs, int outputs, Sequence layers) implements EncoderForm {
        @Override
        public Architecture architecture() {
            return new Architecture(name, layers, inputs, outputs);
        }
    }

    /** The ResNets by depth and stem. */
    static Stream<ResNet> resNets() {
        return Stream.of(18, 34, 50)
                .flatMap(depth -> Stream.of(Stem.values()).map(stem -> new ResNet(depth, stem)));
    }

    /** An encoder's form; empty where a block of the user's is in it, which goes by its name. */
    static Optional<Record> of(Architecture encoder) {
        if (hasBlock(encoder.layers())) {
            return Optional.empty();
        }
        Stream<Record> named =
                encoder.outputs() % 4 == 0 && encoder.name().startsWith("small")
                        ? Stream.of(new Small(encoder.inputs(), encoder.outputs() / 4))
                        : resNets().map(form -> form);
        return named.filter(form -> ((EncoderForm) form).architecture().equals(encoder))
                .findFirst()
                .or(
                        () ->
                                Optional.of(
                                        new Layers(
                                                encoder.name(),
                                                encoder.inputs(),
                                                encoder.outputs(),
                                                encoder.layers())));
    }

    private static boolean hasBlock(Layer layer) {
        List<Layer> inside =
                layer instanceof Sequence sequence
                        ? sequence.children().stream().map(Layer.Child::layer).toList()
                        : layer instanceof Residual residual
                                ? List.of(residual.main(), residual.shortcut())
                                : List.of();
        return layer instanceof Custom || inside.stream().anyMatch(EncoderForm::hasBlock);
    }
}
