/**
 * The sweep engine: a table of experiments as a value ({@link org.directpred.experiment.Ablation})
 * whose points run one by one, in this process or in child processes, are kept in a folder, and are
 * shown beside published numbers with a verdict on each finding.
 *
 * <p>{@link org.directpred.experiment.RunPoint} is the one main class that runs a point and appends
 * one line of JSON; a cluster's job array may call it too.
 *
 * <p>What may enter: what any sweep needs. A {@link org.directpred.experiment.Task} is a function
 * of a seed; this room does not know that there are images, networks or a paper. Of {@code
 * evaluate} it uses {@link org.directpred.evaluate.Measure} alone, for the names of numbers. Tasks
 * that pretrain belong to {@code paper}, or to the user.
 */
package org.directpred.experiment;
