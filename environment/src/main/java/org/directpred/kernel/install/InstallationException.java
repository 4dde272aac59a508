package org.directpred.kernel.install;

/** Why the kernel cannot be installed, in one sentence for a person. */
public final class InstallationException extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * A reason.
     *
     * @param sentence what is wrong and what to do
     */
    public InstallationException(String sentence) {
        super(sentence);
    }

    /**
     * A reason with its cause.
     *
     * @param sentence what is wrong and what to do
     * @param cause what was thrown
     */
    public InstallationException(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
