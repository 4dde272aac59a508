package org.directpred.train;

import java.util.Optional;
import java.util.OptionalDouble;
import org.directpred.optimise.Schedule;
import org.directpred.predictor.ClosedForm;
import org.directpred.predictor.DirectCopy;
import org.directpred.predictor.DirectPred;
import org.directpred.predictor.DirectSet;
import org.directpred.predictor.PredictorChoice;

/**
 * A {@link ClosedForm} in a recipe's JSON.
 *
 * @param name by which a user's rule is found again
 * @param madeBy the library's predictor whose rule it is; empty for a user's
 */
record RuleForm(
        String name,
        Optional<PredictorChoice> madeBy,
        OptionalDouble rho,
        Schedule rhoSchedule,
        int every,
        boolean centred) {

    static RuleForm of(ClosedForm form) {
        return new RuleForm(
                form.name(),
                form.madeBy(),
                form.rho(),
                form.rhoSchedule(),
                form.every(),
                form.centred());
    }

    /** The predictor. */
    ClosedForm closedForm(Kind<PredictorChoice> kind, OwnValues own, String path) {
        ClosedForm.Rule rule =
                madeBy.map(choice -> closedForm(choice, path))
                        .orElseGet(() -> users(own.find(kind, name, path), path))
                        .rule();
        return new ClosedForm(name, rule, rho, rhoSchedule, every, centred);
    }

    private static ClosedForm closedForm(PredictorChoice choice, String path) {
        if (choice instanceof DirectPred rule) {
            return rule.closedForm();
        }
        if (choice instanceof DirectCopy rule) {
            return rule.closedForm();
        }
        if (choice instanceof DirectSet rule) {
            return rule.closedForm();
        }
        throw RecordJson.refused(
                path
                        + ".madeBy must be a DirectPred, a DirectCopy or a DirectSet, not a predictor without a rule of F");
    }

    private ClosedForm users(PredictorChoice choice, String path) {
        if (choice instanceof ClosedForm rule) {
            return rule;
        }
        throw RecordJson.refused(
                "%s is the rule \"%s\", and the predictor of your own of that name is no ClosedForm: give ClosedForm.by(\"%s\", F -> ...)"
                        .formatted(path, name, name));
    }
}
