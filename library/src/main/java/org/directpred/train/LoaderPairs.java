package org.directpred.train;

import java.util.Iterator;
import java.util.stream.IntStream;
import org.directpred.image.ElementType;
import org.directpred.image.ImageSource;
import org.directpred.image.ViewBatch;
import org.directpred.image.ViewLoader;

/** Pairs of views that a loader makes of images, with their labels or without. */
record LoaderPairs(ViewLoader loader, boolean labelled) implements ViewPairs, AutoCloseable {

    /**
     * Those that a run trains on; the caller closes them.
     *
     * @throws IllegalArgumentException if the recipe does not suit the images
     */
    static LoaderPairs of(RunOptions options, ImageSource images) {
        Recipe recipe = options.recipe();
        requireBatches(recipe, images);
        if (images.channels() != recipe.encoder().inputs()) {
            throw new IllegalArgumentException(
                    "%s has images of %d channels, but the encoder %s takes %d"
                            .formatted(
                                    images.name(),
                                    images.channels(),
                                    recipe.encoder().name(),
                                    recipe.encoder().inputs()));
        }
        recipe.views().requireFit(images);
        options.folder()
                .ifPresent(f -> recipe.views().requireRepeatable("the run's folder " + f, images));
        return new LoaderPairs(loader(options, images), options.onlineProbe());
    }

    /** Refuses images of which some batch would be one image, or which make none at all. */
    private static void requireBatches(Recipe recipe, ImageSource images) {
        int size = images.size();
        int batch = recipe.batchSize();
        if (size < 2) {
            throw new IllegalArgumentException(
                    "%s has %d images, but BatchNorm needs at least 2 in a batch"
                            .formatted(images.name(), size));
        }
        if (recipe.data().lastBatch().batches(size, batch) == 0) {
            throw new IllegalArgumentException(
                    "%s has %d images, too few for one batch of %d, and lastBatch is DROPPED: choose a smaller batchSize, or withLastBatch(LastBatch.KEPT)."
                            .formatted(images.name(), size, batch));
        }
        if (recipe.data().lastBatch() == LastBatch.KEPT && size % batch == 1) {
            throw new IllegalArgumentException(
                    "%s has %d images: in batches of %d the last, which is KEPT, would hold 1, but BatchNorm needs at least 2. Choose another batchSize, or withLastBatch(LastBatch.DROPPED)."
                            .formatted(images.name(), size, batch));
        }
    }

    private static ViewLoader loader(RunOptions options, ImageSource images) {
        Recipe recipe = options.recipe();
        ViewLoader loader =
                ViewLoader.of(
                                images,
                                recipe.views(),
                                recipe.batchSize(),
                                recipe.seed(),
                                recipe.data().lastBatch() == LastBatch.DROPPED)
                        .withType(ElementType.FLOAT32);
        if (options.loaderThreads().isPresent()) {
            loader = loader.withThreads(options.loaderThreads().getAsInt());
        }
        return options.corruptLimit().isPresent()
                ? loader.withCorruptLimit(options.corruptLimit().getAsInt())
                : loader;
    }

    @Override
    public String name() {
        return loader.source().name();
    }

    @Override
    public long batchesPerEpoch() {
        return loader.batchesPerEpoch();
    }

    @Override
    public int classes() {
        ImageSource source = loader.source();
        return IntStream.range(0, source.size())
                        .anyMatch(i -> source.label(i) != ImageSource.UNLABELLED)
                ? source.classes().size()
                : 0;
    }

    @Override
    public Iterator<ViewPair> epoch(int epoch, int from) {
        Iterator<ViewBatch> batches = loader.epoch(epoch, from);
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return batches.hasNext();
            }

            @Override
            public ViewPair next() {
                ViewBatch batch = batches.next();
                ViewPair pair = ViewPair.of(batch);
                // A batch knows which image stands in for a corrupt one.
                return labelled
                        ? pair.withLabels(
                                IntStream.of(batch.indices()).map(loader.source()::label).toArray())
                        : pair;
            }
        };
    }

    @Override
    public void close() {
        loader.close();
    }
}
