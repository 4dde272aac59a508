package org.directpred.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.directpred.progress.Differences.Difference;
import org.junit.jupiter.api.Test;

/** The word that differs is named, and nothing else. */
class DifferencesTest {
    private record Inner(String name, double probability, List<Object> parts) {}

    private static List<Difference> of(Object there, Object here) {
        return Differences.of(Map.of("views", there.toString()), Map.of("views", here.toString()));
    }

    @Test
    void aWordDeepInsideIsNamedByItsPath() {
        Inner a = new Inner("x", .8, List.of(new Inner("blur", .2, List.of()), "flip"));
        Inner b = new Inner("x", .8, List.of(new Inner("blur", .5, List.of()), "flip"));
        assertThat(of(a, b))
                .containsExactly(new Difference("views.parts.0.probability", "0.2", "0.5"));
        assertThat(Differences.text(of(a, b)))
                .isEqualTo("its views.parts.0.probability is \"0.2\", and this one's is \"0.5\"");
        assertThat(of(a, a)).isEmpty();
    }

    @Test
    void whatOneSideLacksOrHasOfAnotherKindIsSaidWhole() {
        assertThat(of(List.of(1, 2), List.of(1, 2, 3)))
                .containsExactly(new Difference("views.2", "nothing", "3"));
        assertThat(of("Flip[probability=0.5]", "Grey[probability=0.5]"))
                .containsExactly(
                        new Difference("views", "Flip[probability=0.5]", "Grey[probability=0.5]"));
        assertThat(Differences.of(Map.of(), Map.of("seed", "1")))
                .containsExactly(new Difference("seed", "nothing", "1"));
    }

    @Test
    void aTextThatIsNoTreeIsComparedAsItIs() {
        for (String odd :
                List.of("", "[", "]", "a[b", "x]", "][", "a[]b]", "a[b=]", "[[]", "a=b")) {
            assertThat(of(odd, odd + "!")).as(odd).hasSize(1);
            assertThat(of(odd, odd)).as(odd).isEmpty();
        }
        // Names of people's own, with commas and brackets in them.
        assertThat(of("Inner[name=a, b, probability=0.1]", "Inner[name=a, c, probability=0.1]"))
                .singleElement()
                .extracting(Difference::there, Difference::here)
                .containsExactly("b", "c");
    }

    @Test
    void ofALongTextThePartThatDiffersIsShown() {
        String a = "x".repeat(500) + "0.2" + "y".repeat(500);
        String b = "x".repeat(500) + "0.5" + "y".repeat(500);
        assertThat(of(a, b))
                .singleElement()
                .satisfies(
                        d -> {
                            assertThat(d.there()).contains("0.2").hasSizeLessThan(40);
                            assertThat(d.here()).contains("0.5").hasSizeLessThan(40);
                        });
    }

    @Test
    void manyDifferencesAreCounted() {
        Map<String, String> a = new LinkedHashMap<>();
        Map<String, String> b = new LinkedHashMap<>();
        IntStream.range(0, 20).forEach(i -> a.put("f" + i, "1"));
        IntStream.range(0, 20).forEach(i -> b.put("f" + i, "2"));
        assertThat(Differences.text(Differences.of(a, b)))
                .contains("its f0 is")
                .contains("its f7 is")
                .doesNotContain("its f8 is")
                .endsWith("and 12 more differ");
    }

    /** Against brute force: of two texts that differ there is always a difference, else never. */
    @Test
    void noDifferenceIsMissedOrInvented() {
        Random random = new Random(1);
        String letters = "ab[]=, .0";
        for (int i = 0; i < 20_000; i++) {
            String a = text(random, letters);
            String b = random.nextInt(4) == 0 ? a : text(random, letters);
            assertThat(of(a, b).isEmpty()).as("%s|%s", a, b).isEqualTo(a.equals(b));
        }
    }

    private static String text(Random random, String letters) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(12); i > 0; i--) {
            text.append(letters.charAt(random.nextInt(letters.length())));
        }
        return text.toString();
    }
}
