package org.directpred.train;

import org.directpred.optimise.Schedule;
import org.directpred.train.Target.MovingAverage;
import org.directpred.train.Target.None;
import org.directpred.train.Target.Shared;

/** The target of a recipe with one of its settings changed. */
final class Targets {
    private Targets() {}

    static Target withM(Target target, double m) {
        if (m == 0) {
            if (target instanceof MovingAverage a && !a.schedule().equals(Schedule.constant())) {
                throw needsAverage("emaSchedule " + a.schedule().describe(), target);
            }
            return withoutAverage(target);
        }
        if (target instanceof None) {
            throw new IllegalArgumentException(
                    "ema %s needs a target behind a stop-gradient, and this recipe has none: write withStopGradient(true).withEma(%s)"
                            .formatted(m, m));
        }
        return target instanceof MovingAverage a
                ? new MovingAverage(m, a.schedule(), a.startsFromOnline(), a.firstWithout())
                : new MovingAverage(m, Schedule.constant(), false, first(target));
    }

    /** Without a stop-gradient there is no moving average to leave out. */
    static Target withoutAverage(Target target) {
        return target instanceof MovingAverage a ? new Shared(a.firstWithout()) : target;
    }

    static Target withSchedule(Target target, Schedule schedule) {
        MovingAverage a = average(target, "emaSchedule " + schedule.describe());
        return new MovingAverage(a.m(), schedule, a.startsFromOnline(), a.firstWithout());
    }

    static Target withCopied(Target target, boolean copied) {
        MovingAverage a = average(target, "targetCopied " + copied);
        return new MovingAverage(a.m(), a.schedule(), copied, a.firstWithout());
    }

    static Target withFirst(Target target, FirstTarget first) {
        if (target instanceof None) {
            throw new IllegalArgumentException(
                    "firstTarget %s needs a target behind a stop-gradient, and this recipe has none: write withStopGradient(true).withFirstTarget(FirstTarget.%s)"
                            .formatted(first, first));
        }
        return target instanceof MovingAverage a
                ? new MovingAverage(a.m(), a.schedule(), a.startsFromOnline(), first)
                : new Shared(first);
    }

    /** What the first step without a moving average predicts. */
    static FirstTarget first(Target target) {
        if (target instanceof MovingAverage average) {
            return average.firstWithout();
        }
        return target instanceof Shared shared ? shared.first() : FirstTarget.PAPER;
    }

    private static MovingAverage average(Target target, String setting) {
        if (target instanceof MovingAverage average) {
            return average;
        }
        throw needsAverage(setting, target);
    }

    private static IllegalArgumentException needsAverage(String setting, Target target) {
        return new IllegalArgumentException(
                "%s needs an ema above 0, for there is no moving average without: give that first, %swithEma(0.99), or use withoutEma() for none"
                        .formatted(
                                setting, target instanceof None ? "withStopGradient(true)." : ""));
    }
}
