package org.directpred.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ColourPatchesTest {
    @Test
    void trainingAndTestNeverMeet() {
        ColourPatches train = ColourPatches.train();
        ColourPatches test = ColourPatches.test();
        int[] rightmost = new int[ColourPatches.CLASSES.size()];
        for (int i = 0; i < train.size(); i++) {
            RandomResizedCrop.Box box = train.box(i);
            int label = train.label(i);
            rightmost[label] = Math.max(rightmost[label], box.left() + box.width());
        }
        for (int i = 0; i < test.size(); i++) {
            assertThat(test.box(i).left()).isGreaterThanOrEqualTo(rightmost[test.label(i)]);
        }
    }

    @Test
    void patchesAreBalancedColourfulAndAlwaysTheSame() {
        ColourPatches train = ColourPatches.train();
        assertThat(train.size()).isEqualTo(400 * 12);
        assertThat(ColourPatches.test().size()).isEqualTo(100 * 12);
        Image patch = train.read(3);
        assertThat(patch.toString()).isEqualTo("Image[3, 96, 96]");
        assertThat(ColourPatches.train().read(3).pixels()).isEqualTo(patch.pixels());
        assertThat(train.place(3)).startsWith("chelsea");
    }

    @Test
    void colourAloneReachesWhatTheGuideSays() {
        assertThat(ColourPatches.histogramBaseline()).isCloseTo(BASELINE, within(0.01));
    }

    @Test
    void everyPhotographHasItsLicence() {
        String licences =
                new String(Fixtures.resource("colour-patches/LICENCES.md"), StandardCharsets.UTF_8);
        for (String photograph : ColourPatches.CLASSES) {
            assertThat(licences).contains("| " + photograph + ".jpg |");
        }
    }

    private static final double BASELINE = 0.8775;
}
