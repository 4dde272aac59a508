package org.directpred.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ScaleTest {

    @Test
    void aScaleHasANameInAnyCase() {
        assertThat(Scale.named("smoke")).isEqualTo(Scale.SMOKE);
        assertThat(Scale.named(" Full ")).isEqualTo(Scale.FULL);
        assertThat(Scale.SMALL.choose(1, 2, 3)).isEqualTo(2);
    }

    @Test
    void anUnknownScaleIsNamedWithThoseThatExist() {
        assertThatThrownBy(() -> Scale.named("huge"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("DIRECTPRED_SCALE")
                .hasMessageContaining("smoke, small, full")
                .hasMessageContaining("huge");
    }
}
