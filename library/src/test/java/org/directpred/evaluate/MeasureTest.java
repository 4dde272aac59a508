package org.directpred.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A measure says its name and unit, and computes what they say. */
class MeasureTest {
    /** Two orthogonal outputs of norm 1 and .6, half as aligned as they could be. */
    private static final Snapshot SNAPSHOT =
            new Snapshot(
                    7,
                    -1.5,
                    new Diagnostics(
                            List.of(.8, .2),
                            List.of(.4, .4),
                            List.of(2.0, -1.0),
                            List.of(.5, .25),
                            .9,
                            .1,
                            .05,
                            .7,
                            1.2),
                    .003,
                    .004);

    @Test
    void valuesAreThoseOfTheSnapshotByName() {
        // exp of the entropy of .8 and .2, by hand.
        double rank = Math.exp(-.8 * Math.log(.8) - .2 * Math.log(.2));
        Map<String, Double> values = SNAPSHOT.values();
        assertThat(values).hasSize(19);
        assertThat(values.get("effective rank of F")).isCloseTo(rank, within(1e-12));
        assertThat(values.get("effective rank of the covariance")).isCloseTo(2, within(1e-12));
        assertThat(values.get("participation ratio")).isCloseTo(1 / .68, within(1e-12));
        assertThat(values.get("share of F's largest eigenvalue")).isCloseTo(.8, within(1e-12));
        assertThat(values)
                .containsEntry("loss", -1.5)
                .containsEntry("standard deviation", .9)
                .containsEntry("largest eigenvalue of F", .8)
                .containsEntry("asymmetry of W_p", .1)
                .containsEntry("asymmetry of W_p, top 8", .05)
                .containsEntry("alignment, top 8", .375)
                .containsEntry("alignment, all", .375)
                .containsEntry("smallest eigenvalue of W_p", -1.0)
                .containsEntry("largest eigenvalue of W_p", 2.0)
                .containsEntry("tau", .7)
                .containsEntry("target to online norm", 1.2)
                .containsEntry("update of the network", .003)
                .containsEntry("update of the predictor", .004);
    }

    @Test
    void everyConstantOfASnapshotIsAmongAllOfThemAndHasANameOfItsOwn() throws Exception {
        Set<String> names = new HashSet<>();
        int ofSnapshots = 0;
        for (Field field : Measure.class.getFields()) {
            if (field.getType() == Measure.class) {
                Measure<?> measure = (Measure<?>) field.get(null);
                assertThat(names.add(measure.name())).as(measure.name()).isTrue();
                ParameterizedType type = (ParameterizedType) field.getGenericType();
                if (type.getActualTypeArguments()[0] == Snapshot.class) {
                    ofSnapshots++;
                    assertThat(Measure.ALL).anyMatch(each -> each.equals(measure));
                }
            }
        }
        assertThat(Measure.ALL).hasSize(ofSnapshots);
    }

    @Test
    void oneOfYourOwnIsALineAndHasItsUnitOnTheAxis() {
        Measure<Snapshot> gap =
                Measure.by(
                        "gap",
                        "%",
                        s ->
                                100
                                        * (s.diagnostics().spectrum().get(0)
                                                - s.diagnostics().spectrum().get(1)));
        assertThat(gap.of(SNAPSHOT)).isCloseTo(60, within(1e-12));
        assertThat(gap.label()).isEqualTo("gap (%)");
        assertThat(gap).hasToString("gap");
        assertThat(Measure.LOSS.label()).isEqualTo("loss");
        assertThat(gap.atStart().name()).isEqualTo("gap at the start");
        assertThat(gap.atStep(200).name()).isEqualTo("gap at step 200");
        assertThat(gap.atStep(200).of(SNAPSHOT)).isEqualTo(gap.of(SNAPSHOT));
    }

    @Test
    void aMeasureWithoutANameIsRefused() {
        assertThatThrownBy(() -> Measure.by(" ", "", Snapshot::loss))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a name that is not blank");
        assertThatThrownBy(() -> Measure.by("gap", null, Snapshot::loss))
                .hasMessageContaining("unit");
        assertThatThrownBy(() -> Measure.by("gap", "", null)).hasMessageContaining("function");
    }
}
