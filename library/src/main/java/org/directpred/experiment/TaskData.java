package org.directpred.experiment;

import java.util.Optional;

/**
 * Data that a task reads, with an identity by which a results folder knows it again. Two values
 * that are equal stand for the same data.
 */
public interface TaskData {
    /** The name of what is there now, for messages. */
    String name();

    /** The digest of what is there now: equal where the contents are. */
    String digest();

    /** The identity of what is there now; the folder keeps it once for each digest. */
    String text();

    /**
     * The difference between data of an earlier identity and what is there now.
     *
     * @param before the {@link #text} of the earlier data
     * @return a clause for a message; empty if nothing but the digest tells them apart
     */
    Optional<String> difference(String before);
}
