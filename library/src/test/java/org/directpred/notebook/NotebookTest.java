package org.directpred.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class NotebookTest {

    @Test
    void aClaimThatHoldsIsPrinted() {
        assertThat(printed(() -> Notebook.check("one is less than two", true)))
                .isEqualTo("holds: one is less than two\n");
    }

    @Test
    void aClaimThatFailsStopsTheNotebookByItsName() {
        String printed =
                printed(
                        () ->
                                assertThatThrownBy(
                                                () -> Notebook.check("two is less than one", false))
                                        .isInstanceOf(AssertionError.class)
                                        .hasMessage("does not hold: two is less than one"));
        assertThat(printed).isEmpty();
    }

    @Test
    void numbersAreFormattedAlikeInEveryLocale() {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.GERMANY);
        try {
            assertThat(printed(() -> Notebook.say("%.2f %%, %d", 1.5, 1000)))
                    .isEqualTo("1.50 %, 1000\n");
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void provenanceEndsWithScaleAndJava() {
        assertThat(printed(() -> Notebook.provenance("seed 1", "engine: none")))
                .isEqualTo(
                        "seed 1\nengine: none\nscale %s, Java %s\n"
                                .formatted(
                                        Scale.current().name().toLowerCase(Locale.ROOT),
                                        Runtime.version()));
    }

    private static String printed(Runnable cell) {
        PrintStream before = System.out;
        var bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            cell.run();
        } finally {
            System.setOut(before);
        }
        return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    }
}
