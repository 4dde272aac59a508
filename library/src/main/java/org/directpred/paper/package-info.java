/**
 * The experiments of Tian, Chen and Ganguli 2021: their tables as ablations ({@link
 * org.directpred.paper.PaperTables}), what of them shows on a CPU ({@link
 * org.directpred.paper.Findings}), the published numbers beside ({@link
 * org.directpred.paper.PaperCell}), and what an ablation of pretrainings needs: where it is run
 * ({@link org.directpred.paper.Setting}) and how a point is trained and judged ({@link
 * org.directpred.paper.PretrainingTask}).
 *
 * <p>What may enter: variants, bounds and numbers of this paper or of its replications. How points
 * are run and kept belongs to {@code experiment}, training to {@code train}, measuring to {@code
 * evaluate}. A published number goes into the resource {@code cells.csv}, where it can be read
 * against the publication, and never into the code.
 */
package org.directpred.paper;
