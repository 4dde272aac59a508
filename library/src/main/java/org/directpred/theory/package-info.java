/**
 * The paper's mathematics: Tian, Chen and Ganguli, <em>Understanding Self-Supervised Learning
 * Dynamics without Contrastive Pairs</em>, ICML 2021, arXiv 2102.06810, sections 2 to 3 and
 * appendices A to D.
 *
 * <p>Where to find what:
 *
 * <ul>
 *   <li>{@link org.directpred.theory.TwoLayerModel}: the two-layer linear model, its objective and
 *       its dynamics (Eqns 1 to 4), on population moments or on drawn views;
 *   <li>{@link org.directpred.theory.Theorem1}, {@link org.directpred.theory.Theorem2}, {@link
 *       org.directpred.theory.Theorem3}: each states both sides of its identity and its bound;
 *   <li>{@link org.directpred.theory.CoupledDynamics}: predictor and correlation matrix (Eqn 7);
 *   <li>{@link org.directpred.theory.DecoupledDynamics} and {@link
 *       org.directpred.theory.PhasePlane}: one eigenmode (Eqns 11 to 17), with a moving and with a
 *       fixed target; {@link org.directpred.theory.BasinMap}: where it ends from every start;
 *   <li>{@link org.directpred.theory.NonIsotropicData} and {@link
 *       org.directpred.theory.ScalarReduction}: appendix D;
 *   <li>{@link org.directpred.theory.DirectSetDynamics} and {@link org.directpred.theory.IsoLoss}:
 *       two follow-ups;
 *   <li>{@link org.directpred.theory.Observations}: the ten observations of Table 4, computed.
 * </ul>
 *
 * <p>Matrices are {@code double[rows][columns]}; what a method receives it does not modify, and
 * records keep the arrays they are given. Time is the time of the gradient flow: one step of
 * stochastic gradient descent with learning rate &alpha; is the time dt = &alpha;. Weight decay is
 * the &eta; of the flow, which is what PyTorch calls {@code weight_decay}; the paper's &eta;&#772;
 * = &alpha;&eta; is the decay in one step.
 *
 * <p>What may enter: the JDK, Hipparchus (integration of single trajectories, eigenproblems) and
 * {@code progress}; no tensors, no tables, no figures.
 */
package org.directpred.theory;
