package org.directpred.theory;

import org.directpred.theory.CoupledDynamics.Pair;

/**
 * Theorem 3, eigenspaces align (Eqns 8 to 10): under the symmetric dynamics (7) the commutator L =
 * [F, W<sub>p</sub>] obeys
 *
 * <pre>  dL/dt = -L K - K L,
 *  K = (1 + sigma^2) (alpha_p F / 2 + W_p^2 - tau W_p / (1 + sigma^2)) + (eta_p / 2 + eta_s) I,
 * </pre>
 *
 * <p>so if the smallest eigenvalue of K stays above &lambda;<sub>0</sub> &gt; 0, then ||L(t)|| &le;
 * e<sup>-2 &lambda;<sub>0</sub> t</sup> ||L(0)|| and F and W<sub>p</sub> come to share their
 * eigenvectors. With one weight decay the last term is the paper's (3/2) &eta; I. (The appendix
 * states the theorem with a maximum over time where its proof uses the infimum.)
 */
public final class Theorem3 {
    private Theorem3() {}

    /**
     * K, n<sub>2</sub> x n<sub>2</sub>, symmetric.
     *
     * @throws IllegalArgumentException if the dynamics do not keep the predictor symmetric, or one
     *     of the matrices is not symmetric
     */
    public static double[][] k(CoupledDynamics dynamics, Pair pair) {
        requireAssumptions(dynamics);
        Pair admitted = dynamics.admitted(pair);
        double spread = 1 + dynamics.sigmaSquared();
        double[][] wp = admitted.predictor();
        double[][] k =
                Matrices.plus(
                        Matrices.scale(dynamics.alphaP() / 2 * spread, admitted.correlation()),
                        Matrices.scale(spread, Matrices.multiply(wp, wp)),
                        Matrices.scale(-dynamics.tau(), wp));
        for (int i = 0; i < k.length; i++) {
            k[i][i] += dynamics.etaPredictor() / 2 + dynamics.etaOnline();
        }
        return k;
    }

    /**
     * Both sides of dL/dt = -LK - KL.
     *
     * @return left dL/dt by the product rule from the velocity of the pair, right -LK - KL
     * @throws IllegalArgumentException as {@link #k}
     */
    public static Identity identity(CoupledDynamics dynamics, Pair pair) {
        double[][] k = k(dynamics, pair);
        double[][] commutator = pair.commutator();
        Pair velocity = dynamics.velocity(pair);
        double[][] left =
                Matrices.plus(
                        Matrices.commutator(velocity.correlation(), pair.predictor()),
                        Matrices.commutator(pair.correlation(), velocity.predictor()));
        double scale =
                2
                        * (Matrices.norm(velocity.correlation()) * Matrices.norm(pair.predictor())
                                + Matrices.norm(pair.correlation())
                                        * Matrices.norm(velocity.predictor())
                                + Matrices.norm(commutator) * Matrices.norm(k));
        return new Identity(
                left, Matrices.scale(-1, Matrices.anticommutator(commutator, k)), scale);
    }

    /**
     * The norm ||[F, W<sub>p</sub>]|| along the flow beside the bound e<sup>-2 &lambda;<sub>0</sub>
     * t</sup> times its first value. Where K has had a negative eigenvalue the bound is void: it
     * grows, and the commutator may too.
     *
     * @throws IllegalArgumentException as {@link #k}
     */
    public static DecayBound bound(CoupledDynamics dynamics, Pair start, double... times) {
        requireAssumptions(dynamics);
        CommutatorFlow flow = new CommutatorFlow(dynamics, start);
        return DecayBound.along(
                flow::velocity,
                flow.start(),
                flow.tolerance(),
                times,
                2,
                flow::logarithmOfNorm,
                y -> Matrices.eigenvalues(k(dynamics, flow.pair(y)))[0]);
    }

    private static void requireAssumptions(CoupledDynamics dynamics) {
        if (!dynamics.symmetric()) {
            throw new IllegalArgumentException(
                    "Theorem 3 speaks of the symmetric dynamics: CoupledDynamics.of(...)");
        }
    }
}
