package org.directpred.train;

import org.directpred.require.Require;

/** The length of a training: so many passes over the images, or so many steps. */
public sealed interface Length {

    /**
     * Passes over the images.
     *
     * @param number at least 1
     */
    record Epochs(int number) implements Length {
        public Epochs {
            Require.atLeast("epochs", number, 1);
        }

        @Override
        public String toString() {
            return number + " epochs";
        }
    }

    /**
     * Steps in all, however many epochs that is.
     *
     * @param number at least 1
     */
    record Steps(long number) implements Length {
        public Steps {
            Require.atLeast("steps", number, 1);
        }

        @Override
        public String toString() {
            return number + " steps";
        }
    }
}
