package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.directpred.evaluate.Features;
import org.directpred.image.FashionMnist;
import org.directpred.image.Image;
import org.directpred.image.ImageDataException;
import org.directpred.image.ImageGrid;
import org.directpred.image.ImageSource;
import org.directpred.image.PlainLoader;
import org.directpred.image.Views;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mistakes in a source of one's own are said with the source and the index. */
class OwnSourceTest {
    private static final ImageSource FASHION = FashionMnist.embeddedTest();

    @TempDir private Path folder;

    /** Right in all but what a test makes wrong. */
    private static class Own implements ImageSource {
        @Override
        public String name() {
            return "mine";
        }

        @Override
        public int size() {
            return 160;
        }

        @Override
        public int channels() {
            return 1;
        }

        @Override
        public int height() {
            return 28;
        }

        @Override
        public int width() {
            return 28;
        }

        @Override
        public List<String> classes() {
            return FASHION.classes();
        }

        @Override
        public int label(int index) {
            return FASHION.label(index);
        }

        @Override
        public Image read(int index) {
            return FASHION.read(index);
        }
    }

    private static ImageSource reading(Image image) {
        return new Own() {
            @Override
            public Image read(int index) {
                return index == 7 ? image : super.read(index);
            }
        };
    }

    private static RunOptions run() {
        return Pretraining.of(Recipe.fashionMnist().withBatchSize(80).withSteps(2)).onDevice("cpu");
    }

    private static void train(ImageSource source) {
        try (Pretraining run = run().on(source)) {
            run.train();
        }
    }

    private void refusesToRead(ImageSource source, String... words) {
        for (ThrowingCallable call :
                List.<ThrowingCallable>of(
                        () -> train(source),
                        () -> run().in(folder.resolve("run")).on(source).close(),
                        source::identity,
                        () -> source.withName("other").first(10).identity(),
                        () -> source.checksum(7),
                        () -> source.content(7),
                        () -> Features.ofPixels(source),
                        () -> ImageGrid.ofViews(source, Views.fashionMnist(), 1, 1, 1, 7),
                        () -> {
                            try (PlainLoader loader =
                                    PlainLoader.of(source, Views.fashionMnist(), 20)) {
                                loader.iterator().next().close();
                            }
                        })) {
            assertThatThrownBy(call)
                    .isInstanceOf(ImageDataException.class)
                    .hasMessageContaining("mine, image 7")
                    .hasMessageContainingAll(words);
        }
    }

    @Test
    void aSourceThatIsRightIsTaken() {
        train(new Own());
        assertThat(new Own().identity()).isEqualTo(ImageSource.checked(new Own()).identity());
    }

    @Test
    void anImageThatIsNullOrOfAnotherFormIsSaid() {
        refusesToRead(reading(null), "an image", "null");
        refusesToRead(reading(new Image(3, 28, 28, new byte[3 * 784])), "1 x 28 x 28", "3 x 28");
        refusesToRead(reading(new Image(1, 28, 27, new byte[28 * 27])), "1 x 28 x 28", "28 x 27");
        assertThatThrownBy(() -> reading(null).asGrey().subset(7).identity())
                .isInstanceOf(ImageDataException.class)
                .hasMessageContaining("mine, image 7");
        ImageSource colour =
                new Own() {
                    @Override
                    public int channels() {
                        return 3;
                    }

                    @Override
                    public Image read(int index) {
                        return null;
                    }
                };
        assertThatThrownBy(() -> colour.asGrey().read(5))
                .isInstanceOf(ImageDataException.class)
                .hasMessageContaining("mine, image 5");
    }

    @Test
    void aLabelOfNoClassIsSaid() {
        for (int wrong : new int[] {10, -2}) {
            ImageSource source =
                    new Own() {
                        @Override
                        public int label(int index) {
                            return index == 7 ? wrong : super.label(index);
                        }
                    };
            for (ThrowingCallable call :
                    List.<ThrowingCallable>of(
                            () -> run().in(folder).on(source).close(),
                            source::identity,
                            () -> Features.ofPixels(source),
                            () -> {
                                try (PlainLoader loader =
                                        PlainLoader.of(source, Views.fashionMnist(), 20)) {
                                    loader.iterator().next().close();
                                }
                            })) {
                assertThatThrownBy(call)
                        .isInstanceOf(ImageDataException.class)
                        .hasMessageContainingAll("mine, image 7", "10 classes", "found " + wrong);
            }
        }
    }

    @Test
    void aSourceThatDoesNotSayWhatItIsIsRefused() {
        refuses(named(null), "Own", "name()", "null");
        refuses(named(" "), "Own", "name()", "' '");
        refuses(withClasses(null), "mine", "classes()", "null");
        refuses(withClasses(Arrays.asList("a", null)), "mine", "classes().get(1)", "null");
        refuses(withClasses(List.of("a", "")), "mine", "classes().get(1)", "''");
        refuses(shaped(-1, 1, 28, 28), "mine", "size()", "-1");
        refuses(shaped(160, 2, 28, 28), "mine", "channels()", "2");
        refuses(shaped(160, 1, 0, 28), "mine", "height()", "0");
        refuses(shaped(160, 1, 28, -2), "mine", "width()", "-2");
    }

    private static void refuses(ImageSource source, String... words) {
        for (ThrowingCallable call :
                List.<ThrowingCallable>of(
                        () -> train(source),
                        source::identity,
                        () -> Features.ofPixels(source),
                        () -> PlainLoader.of(source, Views.fashionMnist(), 20))) {
            assertThatThrownBy(call)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll(words);
        }
    }

    private static ImageSource named(String name) {
        return new Own() {
            @Override
            public String name() {
                return name;
            }
        };
    }

    private static ImageSource withClasses(List<String> classes) {
        return new Own() {
            @Override
            public List<String> classes() {
                return classes;
            }
        };
    }

    private static ImageSource shaped(int size, int channels, int height, int width) {
        return new Own() {
            @Override
            public int size() {
                return size;
            }

            @Override
            public int channels() {
                return channels;
            }

            @Override
            public int height() {
                return height;
            }

            @Override
            public int width() {
                return width;
            }
        };
    }
}
