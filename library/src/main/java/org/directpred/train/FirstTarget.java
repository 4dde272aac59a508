package org.directpred.train;

/**
 * What the first step of a run without moving average (m = 0) predicts. From the second step on the
 * target is the online network either way. With a moving average there is nothing to choose: the
 * target network starts from weights of its own.
 */
public enum FirstTarget {
    /** The online network itself, as SimSiam is published: W<sub>a</sub> = W at every step. */
    PAPER,
    /**
     * The target network's own random start, as in the authors' program: it copies the online
     * network after each step, so its first targets are independent of the online network.
     */
    CODE
}
