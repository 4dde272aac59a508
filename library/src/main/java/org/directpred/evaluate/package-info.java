/**
 * What a learned representation is worth, and whether it has collapsed: features of labelled images
 * ({@link org.directpred.evaluate.Features}), linear probes ({@link
 * org.directpred.evaluate.LinearProbe}), nearest neighbours ({@link
 * org.directpred.evaluate.NearestNeighbours}), and the numbers that show collapse and alignment
 * ({@link org.directpred.evaluate.Collapse}, {@link org.directpred.evaluate.Alignment}, {@link
 * org.directpred.evaluate.Diagnostics}), each of them a {@link org.directpred.evaluate.Measure} by
 * name.
 *
 * <p>A network is seen only as a {@link org.directpred.network.Backbone}. What enters here reads
 * networks and features and changes neither; figures of the results are drawn in {@code figure}.
 */
package org.directpred.evaluate;
