package org.directpred.theory;

/**
 * The rates at which an eigenvalue &lambda; of the representation's correlation grows under a
 * predictor W<sub>p</sub> = C<sup>&alpha;</sup> and the squared error, noise-free views and no
 * weight decay (after Halvagal, Laborieux and Zenke, arXiv 2212.04858):
 *
 * <pre>
 *  standard loss  dlambda/dt = 2 lambda^{1 + alpha} (1 - lambda^alpha)
 *  IsoLoss        dlambda/dt = 2 lambda (1 - lambda^alpha) </pre>
 *
 * <p>The eigenvalue multiplies its own learning rate, so small modes wait; IsoLoss leaves that
 * factor out, and every mode grows at the same relative rate.
 *
 * @param exponent &alpha; &gt; 0
 */
public record IsoLoss(double exponent) {

    /** Checks the parameter. */
    public IsoLoss {
        Checks.positive("exponent", exponent);
    }

    /** d&lambda;/dt of the standard loss. */
    public double standardRate(double lambda) {
        Checks.nonNegative("lambda", lambda);
        return Math.pow(lambda, exponent) * isotropicRate(lambda);
    }

    /** d&lambda;/dt of IsoLoss. */
    public double isotropicRate(double lambda) {
        Checks.nonNegative("lambda", lambda);
        return -2 * lambda * Math.expm1(exponent * Math.log(lambda));
    }

    /** &lambda;(t) of the standard loss. */
    public double standard(double lambda, double t) {
        Checks.nonNegative("lambda", lambda);
        if (lambda == 0) {
            return 0;
        }
        // In log lambda: an eigenvalue far below the tolerance grows like any other.
        double end =
                Integrator.trajectory(
                        y -> {
                            double u = exponent * y[0];
                            return new double[] {-2 * Math.exp(u) * Math.expm1(u)};
                        },
                        new double[] {Math.log(lambda)},
                        new double[] {t},
                        new Integrator.Tolerance(new double[] {1e-12}, new double[] {1e-15}),
                        null)[0][0];
        return Math.exp(end);
    }

    /**
     * &lambda;(t) of IsoLoss, in closed form: u = &lambda;<sup>&alpha;</sup> is logistic, u(t) = u
     * / (u + (1 - u) e<sup>-2 &alpha; t</sup>).
     */
    public double isotropic(double lambda, double t) {
        Checks.nonNegative("lambda", lambda);
        Checks.nonNegative("t", t);
        if (lambda == 0) {
            return 0;
        }
        // log(u + (1 - u) e^{-2 alpha t}), which must fall and rise far beyond the range of
        // numbers.
        double u = exponent * Math.log(lambda);
        double gone = -2 * exponent * t;
        double moved = -Math.expm1(u) * Math.expm1(gone);
        double below = Math.log(-Math.expm1(gone)) + u;
        double larger = Math.max(below, gone);
        double logarithm =
                Math.abs(moved) < .5
                        ? Math.log1p(moved)
                        : larger + Math.log(Math.exp(below - larger) + Math.exp(gone - larger));
        return Math.exp(Math.log(lambda) - logarithm / exponent);
    }
}
