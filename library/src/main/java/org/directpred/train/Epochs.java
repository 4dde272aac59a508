package org.directpred.train;

import java.util.Map;

/**
 * Which steps are which epoch's. A run whose epochs get another number of batches on its way (by
 * another batch size) begins a new epoch there; a number is never given twice.
 *
 * @param firstStep the step with which epochs of this many batches begin
 * @param firstEpoch the number of the first of them
 * @param passes how often the images had been seen before it, with the part of an epoch that was
 *     cut short
 * @param batches steps in an epoch
 */
record Epochs(long firstStep, int firstEpoch, double passes, long batches) {

    /** Those of a run that has always had so many batches in an epoch. */
    static Epochs of(long batches) {
        return new Epochs(0, 0, 0, batches);
    }

    /** The same up to a step, and epochs of so many batches from there on. */
    Epochs withBatches(long step, long number) {
        if (number == batches) {
            return this;
        }
        int next = step == firstStep || isEnd(step) ? epoch(step) : epoch(step) + 1;
        return new Epochs(step, next, passes + (step - firstStep) / (double) batches, number);
    }

    /** The epoch of a step. */
    int epoch(long step) {
        return Math.toIntExact(firstEpoch + (step - firstStep) / batches);
    }

    /** The place of a step's batch in its epoch, from 0. */
    int batch(long step) {
        return Math.toIntExact((step - firstStep) % batches);
    }

    /** The step with which an epoch begins. */
    long start(int epoch) {
        return firstStep + (epoch - firstEpoch) * batches;
    }

    /** Whether an epoch ends before this step. */
    boolean isEnd(long step) {
        return batch(step) == 0;
    }

    /** Steps in all of a training of so many passes over the images. */
    long steps(int epochs) {
        return passes == 0
                ? Math.addExact(firstStep, Math.multiplyExact(batches, epochs))
                : firstStep + Math.round((epochs - passes) * batches);
    }

    /** As a checkpoint keeps it. */
    Map<String, String> fields() {
        return Map.of(
                "firstStep", Long.toString(firstStep),
                "firstEpoch", Integer.toString(firstEpoch),
                "passes", Double.toString(passes),
                "batches", Long.toString(batches));
    }

    /**
     * From {@link #fields}.
     *
     * @throws NumberFormatException if they are not such
     */
    static Epochs of(Map<String, String> fields) {
        if (!fields.keySet().equals(of(1).fields().keySet())) {
            throw new NumberFormatException("has the names " + fields.keySet());
        }
        Epochs read =
                new Epochs(
                        Long.parseLong(fields.get("firstStep")),
                        Integer.parseInt(fields.get("firstEpoch")),
                        Double.parseDouble(fields.get("passes")),
                        Long.parseLong(fields.get("batches")));
        if (read.firstStep < 0
                || read.firstEpoch < 0
                || !(read.passes >= 0 && Double.isFinite(read.passes))
                || read.batches < 1) {
            throw new NumberFormatException("is no count of epochs: " + fields);
        }
        return read;
    }
}
