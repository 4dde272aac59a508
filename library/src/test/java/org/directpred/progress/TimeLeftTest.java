package org.directpred.progress;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TimeLeftTest {
    @Test
    void theRestTakesAsLongForEachAsWhatIsDone() {
        assertThat(TimeLeft.of(2, 1, 299)).isEqualTo("about 0:09:58 left");
        assertThat(TimeLeft.of(90, 3, 3000)).isEqualTo("about 25:00:00 left");
        assertThat(TimeLeft.of(10, 4, 0)).isEqualTo("about 0:00:00 left");
    }
}
