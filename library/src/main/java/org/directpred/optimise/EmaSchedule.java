package org.directpred.optimise;

import org.directpred.require.Require;

/** How the target's memory, the paper's gamma<sub>a</sub> and BYOL's tau, goes over a training. */
public enum EmaSchedule {
    /** Its base value at every step: the paper's experiments on STL-10 and CIFAR-10. */
    CONSTANT {
        @Override
        public double at(double base, long step, long steps) {
            return base;
        }
    },
    /**
     * BYOL's: tau<sub>k</sub> = 1 - (1 - base) (cos(pi k / K) + 1) / 2, from the base value at step
     * k = 0 to 1 at the end.
     */
    COSINE {
        @Override
        public double at(double base, long step, long steps) {
            Require.atLeast("steps, the length of the moving average's cosine,", steps, 1);
            double done = (double) Math.min(step, steps) / steps;
            return 1 - (1 - base) * (Math.cos(Math.PI * done) + 1) / 2;
        }
    };

    /**
     * The memory in a step.
     *
     * @param base its value at the first step, 0 to 1
     * @param step k, from 0
     * @param steps K, steps in all; the constant does not look at it
     */
    public abstract double at(double base, long step, long steps);
}
