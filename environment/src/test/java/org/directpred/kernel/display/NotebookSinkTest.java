package org.directpred.kernel.display;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.dflib.jjava.jupyter.kernel.display.mime.MIMEType;
import org.directpred.progress.Bar;
import org.directpred.progress.LivePicture;
import org.junit.jupiter.api.Test;

class NotebookSinkTest {
    private static final long MILLISECOND = 1_000_000;

    private final List<DisplayData> shown = new ArrayList<>();
    private final List<DisplayData> replaced = new ArrayList<>();
    private long now;

    private final NotebookSink sink =
            new NotebookSink(
                    new Screen() {
                        @Override
                        public void show(DisplayData data) {
                            shown.add(data);
                        }

                        @Override
                        public void replace(DisplayData data) {
                            replaced.add(data);
                        }

                        @Override
                        public DisplayData render(Object value) {
                            return new DisplayData("rendered " + value);
                        }
                    },
                    () -> now);

    @Test
    void aBarReplacesItselfAtMostFourTimesASecondAndEndsWhereItStands() {
        Bar bar = sink.bar("epochs", 100);
        for (int i = 1; i <= 100; i++) {
            now += 10 * MILLISECOND;
            bar.update(i, "loss <" + i + ">");
        }
        assertThat(shown).hasSize(1);
        assertThat(html(shown.get(0))).contains("value=\"0\" max=\"100\"");
        assertThat(replaced).hasSize(4);
        bar.update(100, "end");
        bar.close();
        bar.close();
        bar.update(50, "after the end");
        assertThat(replaced).hasSize(5);
        DisplayData last = replaced.get(4);
        assertThat(html(last)).contains("value=\"100\"").contains("epochs: 100/100, 1.0 s  end");
        assertThat(html(replaced.get(0))).contains("loss &lt;25&gt;");
        assertThat(text(last)).isEqualTo("epochs: 100/100, 1.0 s  end");
        assertThat(last.getDisplayId()).isEqualTo(shown.get(0).getDisplayId()).isNotNull();
    }

    @Test
    void twoBarsAreTwoOutputs() {
        sink.bar("one", 1);
        sink.bar("two", 1);
        assertThat(shown.get(0).getDisplayId()).isNotEqualTo(shown.get(1).getDisplayId());
    }

    @Test
    void aBarOfNothingIsRefused() {
        assertThatThrownBy(() -> sink.bar("epochs", 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 1, not 0 (epochs)");
    }

    @Test
    void aPictureIsDrawnWhenItIsDueAndAtTheEnd() {
        var drawn = new AtomicInteger();
        try (LivePicture picture = sink.picture("curve")) {
            for (int i = 0; i < 10; i++) {
                now += 50 * MILLISECOND;
                picture.update(
                        () -> {
                            drawn.incrementAndGet();
                            return new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB);
                        });
            }
            assertThat(drawn).hasValue(2);
        }
        assertThat(drawn).as("the last frame is not lost").hasValue(3);
        assertThat(shown).hasSize(1);
        assertThat(replaced).hasSize(2);
        assertThat(shown.get(0).hasDataForType(MIMEType.IMAGE_PNG)).isTrue();
    }

    @Test
    void aSlowPictureIsDrawnLessOften() {
        LivePicture picture = sink.picture("slow");
        var drawn = new AtomicInteger();
        for (int i = 0; i < 100; i++) {
            now += 50 * MILLISECOND;
            picture.update(
                    () -> {
                        drawn.incrementAndGet();
                        now += 100 * MILLISECOND;
                        return new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB);
                    });
        }
        // 100 ms of drawing for each second of work: 5 s of work in all.
        assertThat(drawn).hasValue(5);
    }

    @Test
    void aPictureThatCannotBeDrawnSaysSoAndThrowsNothing() {
        LivePicture picture = sink.picture("curve");
        picture.update(() -> "no figure");
        assertThat(text(shown.get(0))).contains("curve: cannot be drawn").contains("String");
        now += 1000 * MILLISECOND;
        picture.update(
                () -> {
                    throw new IllegalStateException("no data yet");
                });
        assertThat(text(replaced.get(0))).contains("no data yet");
    }

    @Test
    void valuesAreShownAsACellWouldAndNullIsAWord() {
        sink.show(3);
        sink.show(null);
        sink.message("hello");
        assertThat(shown)
                .extracting(NotebookSinkTest::text)
                .containsExactly("rendered 3", "null", "hello");
    }

    private static String text(DisplayData data) {
        return (String) data.getData(MIMEType.TEXT_PLAIN);
    }

    private static String html(DisplayData data) {
        return (String) data.getData(MIMEType.TEXT_HTML);
    }
}
