package org.directpred.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class ObservationsTest {

    @Test
    void allTenHold() {
        List<Observation> all = Observations.all();
        assertThat(all)
                .extracting(Observation::number)
                .containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        assertThat(all).allSatisfy(row -> assertThat(row.holds()).as(row.toString()).isTrue());
        assertThat(all)
                .allSatisfy(row -> assertThat(row.after()).isFinite().isNotEqualTo(row.before()));
    }

    /** Numbers that have closed forms agree with them. */
    @Test
    void experimentsAgreeWithTheory() {
        Observation four = Observations.basinGrows();
        assertThat(four.before()).isCloseTo(PhasePlane.of(1, .02, .1, 1).lower(), within(1e-5));
        assertThat(four.after()).isCloseTo(PhasePlane.of(1, .1, .1, 1).lower(), within(1e-5));
        Observation two = Observations.onlineNetStopsGrowing();
        double goal = 1 / 1.1;
        assertThat(two.before()).isCloseTo((.1 + goal * goal - .01) / .1, within(1e-8));
        assertThat(two.after()).isCloseTo((.1 + (goal * goal - .01) / 100) / .1, within(1e-8));
        Observation three = Observations.imbalanceIsForgotten();
        assertThat(three.before()).isCloseTo(.26, within(1e-10));
        assertThat(three.after()).isCloseTo(.26 * Math.exp(-6), within(1e-10));
    }
}
