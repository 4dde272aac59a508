package org.directpred.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

class ViewLoaderTest {
    private static final ImageSource IMAGES = FashionMnist.embeddedTest().first(101);
    private static final long SEED = 42;

    @Test
    void aViewDependsOnSeedEpochImageAndViewAlone() {
        Map<Integer, float[]> one = views(loader(16).withThreads(1), 3);
        Map<Integer, float[]> four = views(loader(7).withThreads(4).withPrefetch(1), 3);
        assertThat(one).hasSize(101);
        assertThat(four.keySet()).isEqualTo(one.keySet());
        one.forEach((index, view) -> assertThat(four.get(index)).isEqualTo(view));
        assertThat(views(loader(16), 4).get(0)).isNotEqualTo(one.get(0));
    }

    @Test
    void theTwoViewsDiffer() {
        try (ViewLoader loader = loader(8);
                ViewBatch batch = loader.epoch(0, 0).next()) {
            assertThat(floats(batch.first())).isNotEqualTo(floats(batch.second()));
            assertThat(batch.first().order()).isEqualTo(ByteOrder.nativeOrder());
            assertThat(batch.first().isDirect()).isTrue();
            assertThat(batch.first().remaining()).isEqualTo(8 * 28 * 28 * 4);
        }
    }

    @Test
    void withoutSecondViewsTheFirstStayTheSame() {
        try (ViewLoader both = loader(8);
                ViewLoader one = loader(8).withSecondViews(false);
                ViewBatch pair = both.epoch(2, 1).next();
                ViewBatch single = one.epoch(2, 1).next()) {
            assertThat(floats(single.first())).isEqualTo(floats(pair.first()));
            assertThatThrownBy(single::second)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("withSecondViews(true)");
        }
    }

    @Test
    void aResumedEpochGoesOnAsTheWholeOne() {
        List<int[]> whole = new ArrayList<>();
        List<float[]> pixels = new ArrayList<>();
        try (ViewLoader loader = loader(10)) {
            collect(loader.epoch(5, 0), whole, pixels);
        }
        List<int[]> rest = new ArrayList<>();
        List<float[]> restPixels = new ArrayList<>();
        try (ViewLoader loader = loader(10)) {
            collect(loader.epoch(5, 7), rest, restPixels);
        }
        assertThat(rest).hasSize(4);
        for (int i = 0; i < rest.size(); i++) {
            assertThat(rest.get(i)).isEqualTo(whole.get(7 + i));
            assertThat(restPixels.get(i)).isEqualTo(pixels.get(7 + i));
        }
    }

    @Test
    void anEpochHoldsEachImageOnceInAnOrderOfItsOwn() {
        try (ViewLoader loader = loader(10)) {
            int[] first = indices(loader.epoch(0, 0));
            int[] second = indices(loader.epoch(1, 0));
            assertThat(first).hasSize(101).doesNotHaveDuplicates();
            assertThat(second).hasSize(101).doesNotHaveDuplicates().isNotEqualTo(first);
        }
        try (ViewLoader loader = loader(10).withShuffle(false)) {
            assertThat(indices(loader.epoch(0, 0))).isSorted();
        }
    }

    @Test
    void fewerImagesThanABatchAreOneSmallBatchOrRefused() {
        try (ViewLoader loader = ViewLoader.of(IMAGES, Views.fashionMnist(), 1000, SEED, false)) {
            assertThat(loader.batchesPerEpoch()).isEqualTo(1);
            assertThat(indices(loader.epoch(0, 0))).hasSize(101);
            assertThatThrownBy(() -> loader.withDropLast(true))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("no batch of 1000 can be made of the 101 images");
        }
    }

    @Test
    void theLastBatchIsLeftOutOrSmall() {
        try (ViewLoader loader = loader(10).withDropLast(true)) {
            assertThat(loader.batchesPerEpoch()).isEqualTo(10);
            assertThat(indices(loader.epoch(0, 0))).hasSize(100);
        }
        try (ViewLoader loader = loader(10)) {
            assertThat(loader.batchesPerEpoch()).isEqualTo(11);
            Iterator<ViewBatch> last = loader.epoch(0, 10);
            try (ViewBatch batch = last.next()) {
                assertThat(batch.size()).isEqualTo(1);
                assertThat(batch.first().remaining()).isEqualTo(28 * 28 * 4);
            }
            assertThat(last.hasNext()).isFalse();
            assertThatThrownBy(last::next).isInstanceOf(java.util.NoSuchElementException.class);
            assertThat(loader.epoch(0, 11).hasNext()).isFalse();
        }
    }

    @Test
    void aClosedBatchGivesNothingAway() {
        try (ViewLoader loader = loader(8)) {
            ViewBatch batch = loader.epoch(0, 0).next();
            batch.close();
            batch.close();
            assertThatThrownBy(batch::first)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("closed");
        }
    }

    @Test
    void batchesThatAreNeverClosedKeepTheirPixels() {
        try (ViewLoader loader = loader(10)) {
            List<ViewBatch> kept = new ArrayList<>();
            loader.epoch(2, 0).forEachRemaining(kept::add);
            List<float[]> again = new ArrayList<>();
            collect(loader.epoch(2, 0), new ArrayList<>(), again);
            for (int i = 0; i < kept.size(); i++) {
                assertThat(floats(kept.get(i).first())).isEqualTo(again.get(i));
            }
        }
    }

    @Test
    void aNewerEpochEndsTheOlder() {
        try (ViewLoader loader = loader(10)) {
            Iterator<ViewBatch> older = loader.epoch(0, 0);
            older.next().close();
            Iterator<ViewBatch> newer = loader.epoch(1, 0);
            assertThatThrownBy(older::next).isInstanceOf(IllegalStateException.class);
            assertThat(indices(newer)).hasSize(101);
        }
    }

    @Test
    void closingEndsTheThreads() {
        ViewLoader loader = loader(10).withThreads(3);
        Iterator<ViewBatch> batches = loader.epoch(0, 0);
        batches.next().close();
        assertThat(workers()).isNotEmpty();
        loader.close();
        loader.close();
        assertThat(workers()).isEmpty();
        assertThatThrownBy(batches::next).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> loader.epoch(0, 0)).isInstanceOf(IllegalStateException.class);
    }

    private static ImageSource failingAt50(Runnable failure) {
        return new Failing(
                IMAGES,
                index -> {
                    if (index == 50) {
                        failure.run();
                    }
                    return index;
                });
    }

    @Test
    void aWorkersFailureReachesTheConsumerWithTheFilesName() {
        ImageSource broken =
                failingAt50(
                        () -> {
                            throw new ImageDataException("some/file.bin", 7, "this", "that");
                        });
        try (ViewLoader loader = ViewLoader.of(broken, Views.fashionMnist(), 10, SEED)) {
            assertThatThrownBy(() -> indices(loader.epoch(0, 0)))
                    .isInstanceOf(ImageDataException.class)
                    .hasMessageContaining("some/file.bin, at byte 7");
        }
    }

    @Test
    void anOperationsFailureNamesTheImage() {
        IllegalStateException failure = new IllegalStateException("no such picture");
        ImageSource source =
                failingAt50(
                        () -> {
                            throw failure;
                        });
        Augmentation augmentation =
                Augmentation.of(
                        (canvas, random) -> {
                            if (canvas.values()[0] >= 0) {
                                throw failure;
                            }
                        });
        for (ImageSource images : List.of(source, IMAGES)) {
            Views views =
                    images == source ? Views.fashionMnist() : Views.of("failing", augmentation);
            try (ViewLoader loader = ViewLoader.of(images, views, 10, SEED).withThreads(1)) {
                assertThatThrownBy(() -> indices(loader.epoch(0, 0)))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining(images == source ? "image 50" : ", image ")
                        .hasMessageContaining("no such picture")
                        .hasCause(failure);
            }
        }
    }

    @Test
    void anErrorOfAWorkerStaysItselfAndNamesTheImage() {
        AssertionError failure = new AssertionError("no such picture");
        ImageSource source =
                failingAt50(
                        () -> {
                            throw failure;
                        });
        try (ViewLoader loader = ViewLoader.of(source, Views.fashionMnist(), 10, SEED)) {
            assertThatThrownBy(() -> indices(loader.epoch(0, 0))).isSameAs(failure);
            assertThat(failure.getSuppressed())
                    .anySatisfy(each -> assertThat(each).hasMessageContaining("image 50"));
        }
    }

    @Test
    void corruptImagesAreReplacedCountedAndNamed() {
        ImageSource broken = corruptEvery(20);
        List<int[]> one = new ArrayList<>();
        List<int[]> four = new ArrayList<>();
        try (ViewLoader loader = loader(broken).withThreads(1)) {
            collect(loader.epoch(0, 0), one, new ArrayList<>());
            assertThat(loader.skipped()).isEqualTo(6);
            assertThat(loader.skippedPlaces()).anyMatch(place -> place.contains("image 20"));
        }
        try (ViewLoader loader = loader(broken).withThreads(4)) {
            collect(loader.epoch(0, 0), four, new ArrayList<>());
        }
        int[] taken = one.stream().flatMapToInt(Arrays::stream).toArray();
        assertThat(taken).hasSize(100);
        assertThat(Arrays.stream(taken)).noneMatch(index -> index % 20 == 0);
        assertThat(four.stream().flatMapToInt(Arrays::stream).toArray()).isEqualTo(taken);
    }

    @Test
    void tooManyCorruptImagesStopTheRun() {
        try (ViewLoader loader = loader(corruptEvery(5)).withCorruptLimit(4)) {
            assertThatThrownBy(() -> indices(loader.epoch(0, 0)))
                    .isInstanceOf(ImageDataException.class)
                    .hasMessageContaining("at most 4 corrupt images of 101");
        }
    }

    @Test
    void memoryIsBoundedByTheBatchesMadeAhead() {
        AtomicInteger reads = new AtomicInteger();
        ImageSource counted =
                new Failing(
                        IMAGES,
                        index -> {
                            reads.incrementAndGet();
                            return index;
                        });
        try (ViewLoader loader = loader(counted).withPrefetch(2)) {
            Iterator<ViewBatch> batches = loader.epoch(0, 0);
            batches.next().close();
            batches.next().close();
            // Two taken and two ahead, ten images each.
            assertThat(reads.get()).isLessThanOrEqualTo(40);
        }
    }

    @Test
    void bytesAreTheFloatsBeforeNormalisation() {
        try (ViewLoader floats = loader(10);
                ViewLoader bytes = loader(10).withType(ElementType.UINT8);
                ViewBatch a = floats.epoch(0, 0).next();
                ViewBatch b = bytes.epoch(0, 0).next()) {
            float[] values = floats(a.second());
            ByteBuffer rounded = b.second();
            assertThat(rounded.remaining()).isEqualTo(values.length);
            for (int i = 0; i < values.length; i++) {
                double value = (values[i] * 0.353 + 0.286) * 255;
                assertThat((double) (rounded.get(i) & 0xff)).isBetween(value - .501, value + .501);
            }
        }
    }

    @Test
    void plainBatchesAreTheImagesInOrder() {
        List<Integer> labels = new ArrayList<>();
        try (PlainLoader loader = PlainLoader.of(IMAGES, Views.fashionMnist(), 40)) {
            assertThat(loader.batches()).isEqualTo(3);
            int next = 0;
            for (PlainBatch batch : loader) {
                try (batch) {
                    float[] values = floats(batch.images());
                    for (int i = 0; i < batch.size(); i++, next++) {
                        assertThat(batch.indices()[i]).isEqualTo(next);
                        labels.add(batch.labels()[i]);
                        Image image = IMAGES.read(next);
                        assertThat(values[i * 784 + 400])
                                .isEqualTo(
                                        (float) ((image.value(0, 14, 8) / 255.0 - .286) / .353),
                                        org.assertj.core.api.Assertions.within(1e-5f));
                    }
                }
            }
        }
        assertThat(labels).hasSize(101);
        assertThat(labels.get(100)).isEqualTo(IMAGES.label(100));
    }

    @Test
    void plainBatchesLeaveCorruptImagesOut() {
        try (PlainLoader loader = PlainLoader.of(corruptEvery(20), Views.fashionMnist(), 50);
                PlainLoader intact = PlainLoader.of(IMAGES, Views.fashionMnist(), 101);
                PlainBatch all = intact.iterator().next()) {
            float[] expected = floats(all.images());
            int seen = 0;
            for (PlainBatch batch : loader) {
                try (batch) {
                    float[] values = floats(batch.images());
                    for (int i = 0; i < batch.size(); i++) {
                        int index = batch.indices()[i];
                        assertThat(Arrays.copyOfRange(values, i * 784, (i + 1) * 784))
                                .isEqualTo(
                                        Arrays.copyOfRange(
                                                expected, index * 784, (index + 1) * 784));
                    }
                    seen += batch.size();
                }
            }
            assertThat(seen).isEqualTo(95);
            assertThat(loader.skipped()).isEqualTo(6);
        }
    }

    @Test
    void impossibleRequestsSayWhatIsPossible() {
        assertThatThrownBy(() -> ViewLoader.of(IMAGES, Views.fashionMnist(), 102, SEED))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("102")
                .hasMessageContaining("101");
        assertThatThrownBy(() -> loader(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> loader(10).withThreads(0))
                .isInstanceOf(IllegalArgumentException.class);
        try (ViewLoader loader = loader(10)) {
            assertThatThrownBy(() -> loader.epoch(0, 12))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("11 batches");
            assertThatThrownBy(() -> loader.epoch(-1, 0))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        // A normalisation of three channels does not fit grey images.
        try (ViewLoader loader = ViewLoader.of(IMAGES, Views.cifar(), 10, SEED)) {
            assertThatThrownBy(() -> loader.epoch(0, 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("3 channels");
        }
    }

    private static ViewLoader loader(int batchSize) {
        return ViewLoader.of(IMAGES, Views.fashionMnist(), batchSize, SEED).withDropLast(false);
    }

    private static ViewLoader loader(ImageSource source) {
        return ViewLoader.of(source, Views.fashionMnist(), 10, SEED);
    }

    private static ImageSource corruptEvery(int step) {
        return new Failing(
                IMAGES,
                index -> {
                    if (index % step == 0) {
                        throw new CorruptImageException("image " + index, 0, "one", "none", null);
                    }
                    return index;
                });
    }

    private static Map<Integer, float[]> views(ViewLoader loader, int epoch) {
        Map<Integer, float[]> views = new HashMap<>();
        try (loader) {
            loader.epoch(epoch, 0)
                    .forEachRemaining(
                            batch -> {
                                try (batch) {
                                    float[] first = floats(batch.first());
                                    for (int i = 0; i < batch.size(); i++) {
                                        views.put(
                                                batch.indices()[i],
                                                Arrays.copyOfRange(first, i * 784, (i + 1) * 784));
                                    }
                                }
                            });
        }
        return views;
    }

    private static void collect(
            Iterator<ViewBatch> batches, List<int[]> indices, List<float[]> first) {
        batches.forEachRemaining(
                batch -> {
                    try (batch) {
                        indices.add(batch.indices());
                        first.add(floats(batch.first()));
                    }
                });
    }

    private static int[] indices(Iterator<ViewBatch> batches) {
        List<int[]> indices = new ArrayList<>();
        collect(batches, indices, new ArrayList<>());
        return indices.stream().flatMapToInt(Arrays::stream).toArray();
    }

    private static float[] floats(ByteBuffer buffer) {
        float[] values = new float[buffer.remaining() / Float.BYTES];
        buffer.asFloatBuffer().get(values);
        return values;
    }

    private static List<String> workers() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("image-loader"))
                .toList();
    }

    /** A source that looks at an index before it reads it. */
    private static final class Failing implements ImageSource {
        private final ImageSource source;
        private final IntUnaryOperator before;

        Failing(ImageSource source, IntUnaryOperator before) {
            this.source = source;
            this.before = before;
        }

        @Override
        public String name() {
            return source.name();
        }

        @Override
        public int size() {
            return source.size();
        }

        @Override
        public int channels() {
            return source.channels();
        }

        @Override
        public int height() {
            return source.height();
        }

        @Override
        public int width() {
            return source.width();
        }

        @Override
        public List<String> classes() {
            return source.classes();
        }

        @Override
        public int label(int index) {
            return source.label(index);
        }

        @Override
        public Image read(int index) {
            return source.read(before.applyAsInt(index));
        }
    }
}
