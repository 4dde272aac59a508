package org.directpred.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import org.directpred.progress.Bar;
import org.directpred.progress.LivePicture;
import org.directpred.progress.Progress;
import org.directpred.progress.Sink;
import org.directpred.theory.BasinMap.Grid;
import org.directpred.theory.PhasePlane.Outcome;
import org.directpred.theory.PhasePlane.Point;
import org.junit.jupiter.api.Test;

class BasinMapTest {
    private static final Grid GRID = new Grid(-1, 1.5, 23, 0, 1.2, 17);

    @Test
    void endsWhereSingleTrajectoriesEnd() {
        PhasePlane[] planes = {
            PhasePlane.of(1, .05, .5, 1),
            new PhasePlane(3, .04, .08, .2, .8),
            PhasePlane.of(1, 0, .5, 1),
            PhasePlane.of(.5, .3, 0, 1)
        };
        for (PhasePlane plane : planes) {
            BasinMap map = BasinMap.compute(plane, GRID, 20);
            for (int row = 0; row < GRID.rows(); row++) {
                for (int column = 0; column < GRID.columns(); column++) {
                    Point exact = plane.flow(GRID.p(column), GRID.s(row), 20);
                    assertThat(map.p()[row][column]).isCloseTo(exact.p(), within(2e-5));
                    assertThat(map.s()[row][column]).isCloseTo(exact.s(), within(2e-5));
                }
            }
        }
    }

    /** The weight decay of the experiments; the same by single trajectories. */
    @Test
    void startsAboveTheGoalComeBack() {
        PhasePlane plane = PhasePlane.of(1, 4e-4, 0, 1);
        Grid grid = new Grid(-1, 1.5, 21, .02, 1, 21);
        BasinMap map = BasinMap.compute(plane, grid, 50_000);
        for (int row = 0; row < 21; row++) {
            for (int column = 0; column < 21; column++) {
                assertThat(map.useful(row, column))
                        .as(grid.p(column) + ", " + grid.s(row))
                        .isEqualTo(plane.outcome(grid.p(column), grid.s(row)) == Outcome.USEFUL);
            }
        }
        assertThat(map.collapsedShare()).isEqualTo(66 / 441.0);
    }

    /** Where nothing decays s ends in units of 1/alphaP, however small. */
    @Test
    void noAbsoluteSizeDecides() {
        PhasePlane plane = PhasePlane.of(1e8, 0, 0, 1);
        BasinMap map = BasinMap.compute(plane, new Grid(.5, .6, 2, 1e-9, 2e-9, 2), 200);
        assertThat(map.s()[0][0]).isLessThan(1e-7);
        assertThat(map.useful(0, 0)).isTrue();
        assertThat(map.collapsedShare()).isZero();
    }

    @Test
    void toleranceGovernsTheError() {
        PhasePlane plane = PhasePlane.of(1, .05, .5, 1);
        Point exact = plane.flow(GRID.p(5), GRID.s(9), 5);
        double coarse = BasinMap.compute(plane, GRID, 5, 1e-3).p()[9][5] - exact.p();
        double fine = BasinMap.compute(plane, GRID, 5, 1e-9).p()[9][5] - exact.p();
        assertThat(Math.abs(fine)).isLessThan(1e-9);
        assertThat(Math.abs(fine)).isLessThan(Math.abs(coarse) / 50);
    }

    @Test
    void labelsAreTheOutcomes() {
        PhasePlane plane = PhasePlane.of(1, .05, .5, 1);
        BasinMap map = BasinMap.compute(plane, GRID, 300);
        for (int row = 0; row < GRID.rows(); row++) {
            for (int column = 0; column < GRID.columns(); column++) {
                assertThat(map.useful(row, column))
                        .isEqualTo(plane.outcome(GRID.p(column), GRID.s(row)) == Outcome.USEFUL);
            }
        }
        assertThat(map.collapsedShare()).isBetween(.1, .4);
        BasinMap above = BasinMap.compute(PhasePlane.of(1, .2, .5, 1), GRID, 50);
        assertThat(above.collapsedShare()).isEqualTo(1);
    }

    @Test
    void timeZeroIsTheGrid() {
        BasinMap map = BasinMap.compute(PhasePlane.of(1, .1, 0, 1), GRID, 0);
        assertThat(map.p()[3][0]).isEqualTo(-1);
        assertThat(map.p()[3][22]).isEqualTo(1.5);
        assertThat(map.s()[16][4]).isEqualTo(1.2);
    }

    @Test
    void reportsProgressAndStops() {
        List<Long> seen = new ArrayList<>();
        Sink before = Progress.use(new Interrupting(seen));
        try {
            assertThatThrownBy(() -> BasinMap.compute(PhasePlane.of(1, .05, .5, 1), GRID, 50))
                    .isInstanceOf(CancellationException.class)
                    .hasMessageContaining("after 200 of 391 points");
            assertThat(seen).containsExactly(100L, 200L);
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        } finally {
            Progress.use(before);
        }
    }

    /** A sink whose user presses stop after the second report. */
    private record Interrupting(List<Long> seen) implements Sink {
        @Override
        public Bar bar(String name, long total) {
            return new Bar() {
                @Override
                public void update(long done, String note) {
                    seen.add(done);
                    if (seen.size() == 2) {
                        Thread.currentThread().interrupt();
                    }
                }

                @Override
                public void close() {}
            };
        }

        @Override
        public LivePicture picture(String name) {
            return new LivePicture() {
                @Override
                public void update(Supplier<?> figure) {}

                @Override
                public void close() {}
            };
        }

        @Override
        public void message(String text) {}

        @Override
        public void show(Object value) {}
    }

    @Test
    void badInputIsNamed() {
        assertThatThrownBy(() -> new Grid(1, 0, 5, 0, 1, 5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("p from 1.0 to 0.0");
        assertThatThrownBy(() -> new Grid(0, 1, 1, 0, 1, 5)).hasMessageContaining("not 1x5");
        assertThatThrownBy(() -> new Grid(0, 1, 2, -1, 1, 5)).hasMessageContaining("-1.0");
        PhasePlane plane = PhasePlane.of(1, .1, 0, 1);
        assertThatThrownBy(() -> BasinMap.compute(plane, GRID, -1))
                .hasMessageContaining("time must be finite and >= 0, not -1.0");
        assertThatThrownBy(() -> BasinMap.compute(plane, GRID, 1, 0))
                .hasMessageContaining("tolerance must be finite and > 0, not 0.0");
    }
}
