package org.directpred.experiment;

import java.util.Locale;

/** The verdict on a finding. */
public enum Verdict {
    /** The claim holds. */
    HOLDS,
    /** The claim does not hold. */
    FAILS,
    /** A point that the claim needs has no number yet. */
    NOT_MEASURED,
    /** Nothing was claimed; the numbers are listed. */
    REPORTED;

    /** As tables have it. */
    String words() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    @Override
    public String toString() {
        return words();
    }
}
