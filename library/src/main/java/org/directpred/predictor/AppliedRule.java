package org.directpred.predictor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.directpred.tensor.OnHost;
import org.directpred.tensor.Sketch;
import org.jspecify.annotations.Nullable;

/** Applies a rule, and refuses by its name what a user's rule may give by mistake. */
record AppliedRule(ClosedForm choice) {
    // Far above rounding in float32 on another machine, far below what a rule's parameter does.
    private static final double TOLERANCE = 1e-4;

    /** W<sub>p</sub> by its eigendecomposition, of a {@link ClosedForm.SpectralRule}. */
    SpectralMatrix spectrum(NDArray f, Clock at, NDManager scope) {
        ClosedForm.SpectralRule rule = (ClosedForm.SpectralRule) choice.rule();
        SpectralMatrix matrix = rule.spectrum(f, at, scope);
        requireResult(matrix);
        requireShape(new Shape(matrix.dimension(), matrix.dimension()), f.getShape());
        matrix.notFinite().ifPresent(p -> refuse("an eigenvalue of it is " + p));
        return matrix;
    }

    /** W<sub>p</sub> of any rule. */
    @SuppressWarnings("NullAway") // a rule that needs no C is given none
    NDArray matrix(NDArray f, @Nullable NDArray cross, Clock at, NDManager scope) {
        if (choice.rule() instanceof ClosedForm.SpectralRule) {
            return spectrum(f, at, scope).matrix();
        }
        NDArray matrix;
        if (choice.rule() instanceof ClosedForm.TimedRule timed) {
            matrix = timed.apply(f, cross, at, scope);
        } else {
            NDArray copy = f.duplicate();
            copy.attach(scope);
            matrix = choice.rule().apply(copy, scope);
        }
        requireResult(matrix);
        requireShape(matrix.getShape(), f.getShape());
        if (!matrix.getDataType().isFloating()) {
            throw new IllegalArgumentException(
                    "the rule \"%s\" gave a W_p of type %s, but real floating numbers were expected"
                            .formatted(choice.name(), matrix.getDataType()));
        }
        // Of the type of W_p, into which a number of float64 may not fit.
        double largest = OnHost.number(wide(matrix, scope).abs().max());
        if (!Float.isFinite((float) largest)) {
            refuse("its largest element is " + largest);
        }
        return matrix;
    }

    /** Refuses a rule that gives another W<sub>p</sub> than a checkpoint holds. */
    void requireSame(
            NDArray restored, NDArray f, @Nullable NDArray cross, Clock at, NDManager scope) {
        NDArray held = wide(restored, scope);
        NDArray given = wide(matrix(f, cross, at, scope), scope);
        double largest = OnHost.number(held.abs().max());
        double difference = OnHost.number(held.sub(given).abs().max());
        if (!(difference <= TOLERANCE * largest)) {
            throw new IllegalArgumentException(
                    "the rule \"%s\" gives another W_p for the F of step %d than the one that the checkpoint holds (they differ by %.3g, the largest element is %.3g): it has changed under its name, or depends on something that no checkpoint keeps, like a counter of its own. Make it a function of (F, C, step) alone, ClosedForm.by(name, (F, C, step) -> ...), and give it another name"
                            .formatted(choice.name(), at.step(), difference, largest));
        }
    }

    /**
     * The rule's and rho's schedule's values for the state as it is, for {@link Predictor#answers}.
     */
    Map<String, Sketch> answers(
            List<NDArray> fs, @Nullable NDArray cross, Clock at, NDManager scope) {
        Map<String, Sketch> all = new HashMap<>();
        for (int i = 0; i < fs.size(); i++) {
            String which = fs.size() == 1 ? "" : " (side %d)".formatted(i);
            all.put(
                    "the rule \"%s\"%s".formatted(choice.name(), which),
                    Sketch.of(matrix(fs.get(i), cross, at, scope)));
        }
        if (!Clock.isConstant(choice.rhoSchedule())) {
            all.put(
                    "rho's schedule \"%s\"".formatted(choice.rhoSchedule().describe()),
                    Sketch.of(at.of(1, choice.rhoSchedule())));
        }
        return all;
    }

    private static NDArray wide(NDArray matrix, NDManager scope) {
        NDArray plain = matrix.stopGradient();
        plain.attach(scope);
        return plain.toType(DataType.FLOAT64, false);
    }

    private void requireResult(Object result) {
        if (result == null) {
            throw new IllegalArgumentException(
                    "the rule \"%s\" gave null instead of W_p".formatted(choice.name()));
        }
    }

    private void requireShape(Shape shape, Shape expected) {
        if (!shape.equals(expected)) {
            throw new IllegalArgumentException(
                    "the rule \"%s\" gave a W_p of shape %s, but %s was expected"
                            .formatted(choice.name(), shape, expected));
        }
    }

    private void refuse(String why) {
        throw new NotFinite(
                "the rule \"%s\" gave a W_p that is not finite (%s): keep negative eigenvalues from roots and 0 from divisions"
                        .formatted(choice.name(), why));
    }
}
