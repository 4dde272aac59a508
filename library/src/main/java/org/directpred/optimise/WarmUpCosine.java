package org.directpred.optimise;

import java.util.Objects;
import org.directpred.require.Require;

/**
 * A linear warm-up, then half a cosine down to 0 at the end of the training: BYOL's schedule, and
 * with {@code start} above 0 PyTorch's {@code LinearLR} followed by {@code CosineAnnealingLR}.
 *
 * <pre>
 * k &lt; warm:  start + (1 - start) k / warm
 * k &gt;= warm: (1 + cos(pi (k - warm) / (K - warm))) / 2
 * </pre>
 *
 * @param warmUp the warm-up's length, 0 for none; BYOL has 10 epochs
 * @param unit what it is counted in
 * @param start the factor of step 0, 0 to 1; BYOL starts at 0
 * @param every what the factor changes after: each step, or each epoch, through which it stays what
 *     it was at the epoch's first step. SimSiam's program changes it by epochs, k = E floor(k / E)
 *     with E steps an epoch
 */
public record WarmUpCosine(double warmUp, Unit unit, double start, Unit every) implements Schedule {

    /** The unit that a warm-up is counted in and that a factor lasts for. */
    public enum Unit {
        /** Steps of the optimiser. */
        STEPS,
        /** Passes over the images. */
        EPOCHS
    }

    public WarmUpCosine {
        Require.nonNegative("warmUp", warmUp);
        Objects.requireNonNull(unit, "unit");
        Objects.requireNonNull(every, "every");
        if (unit == Unit.STEPS && warmUp != Math.rint(warmUp)) {
            throw new IllegalArgumentException(
                    "warmUp must be a whole number of steps, not " + warmUp);
        }
        if (!(start >= 0 && start <= 1)) {
            throw new IllegalArgumentException(
                    "start, the factor of the first step, must lie between 0 and 1, not " + start);
        }
    }

    /** A factor of its own for every step. */
    public WarmUpCosine(double warmUp, Unit unit, double start) {
        this(warmUp, unit, start, Unit.STEPS);
    }

    /** A copy whose factor changes with each epoch and not with each step, as SimSiam's. */
    public WarmUpCosine withEveryEpoch() {
        return new WarmUpCosine(warmUp, unit, start, Unit.EPOCHS);
    }

    /** A copy with a warm-up of so many steps. */
    public WarmUpCosine withWarmUpSteps(long steps) {
        return new WarmUpCosine(steps, Unit.STEPS, start, every);
    }

    /** A copy with a warm-up of so many epochs. */
    public WarmUpCosine withWarmUpEpochs(double epochs) {
        return new WarmUpCosine(epochs, Unit.EPOCHS, start, every);
    }

    /** A copy with a warm-up that starts at that factor. */
    public WarmUpCosine withStart(double factor) {
        return new WarmUpCosine(warmUp, unit, factor, every);
    }

    /** The warm-up in steps of a training. */
    public long warmUpSteps(TrainingLength length) {
        return Math.round(unit == Unit.EPOCHS ? warmUp * length.stepsPerEpoch() : warmUp);
    }

    @Override
    public double factor(long step, TrainingLength length) {
        long warm = warmUpSteps(length);
        if (warm >= length.steps()) {
            throw new IllegalArgumentException(
                    "the warm-up of %d steps must be shorter than the training of %d steps"
                            .formatted(warm, length.steps()));
        }
        long epoch = length.stepsPerEpoch();
        long k = every == Unit.EPOCHS ? step / epoch * epoch : step;
        if (k < warm) {
            return start + (1 - start) * k / warm;
        }
        double done = (double) (Math.min(k, length.steps()) - warm) / (length.steps() - warm);
        return (1 + Math.cos(Math.PI * done)) / 2;
    }

    @Override
    public boolean needsLength() {
        return true;
    }

    @Override
    public String describe() {
        String cosine = every == Unit.EPOCHS ? "cosine by epochs" : "cosine";
        return warmUp == 0
                ? cosine
                : "%s after a warm-up of %s %s%s"
                        .formatted(
                                cosine,
                                warmUp == Math.rint(warmUp)
                                        ? String.valueOf((long) warmUp)
                                        : String.valueOf(warmUp),
                                unit == Unit.STEPS ? "steps" : "epochs",
                                start == 0 ? "" : " from " + start);
    }
}
