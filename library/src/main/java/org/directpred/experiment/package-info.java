/**
 * Ablations: a table of the paper as a value ({@link org.directpred.experiment.Ablation}) whose
 * points run one by one, in this process or in child processes, are kept in a folder, and are told
 * beside the paper's cells with a verdict on each finding.
 *
 * <p>{@link org.directpred.experiment.RunPoint} is the one main class that runs a point and appends
 * one line of JSON; a cluster's job array may call it too. Training itself stays in {@code train},
 * measuring in {@code evaluate}.
 */
package org.directpred.experiment;
