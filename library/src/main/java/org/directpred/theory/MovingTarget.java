package org.directpred.theory;

/**
 * Eqns 104 to 106 of one mode in a form without poles: w = e<sup>r</sup> c and w<sub>a</sub> =
 * e<sup>r</sup> a with c<sup>2</sup> + a<sup>2</sup> = 1.
 *
 * <p>Both weights may fall by hundreds of orders of magnitude and come back, w may pass zero, where
 * &tau; = w<sub>a</sub>/w has a pole; direction and logarithm of the length stay smooth through all
 * of it. A start with w = w<sub>a</sub> = 0 keeps its direction and no length.
 */
final class MovingTarget {
    private static final double RELATIVE = 1e-12;

    /**
     * Of p, c and a relative to themselves, however small they are, of r, a logarithm, absolute. In
     * a collapse c falls without end against a, and its sign is that of &tau;.
     */
    static final Integrator.Tolerance TOLERANCE =
            new Integrator.Tolerance(
                    new double[] {Integrator.NONE, Integrator.NONE, Integrator.NONE, RELATIVE},
                    new double[] {RELATIVE, RELATIVE, RELATIVE, 1e-15});

    /** c or &tau; beyond this or its inverse is not told from the end of the range of numbers. */
    private static final double RANGE = 1e300;

    /** A start that rounding alone takes off the parabola p<sup>2</sup> = alpha_p s is on it. */
    private static final double ROUNDING = 4 * Math.ulp(1.0);

    private final ScalarReduction parameters;
    private final double[] start;
    private final boolean vanished;

    /** p/w on the invariant parabola, which p and w never leave; 0 elsewhere. */
    private final double parabola;

    /**
     * A start whose weights are {@code length} times (w, wa).
     *
     * @param length &ge; 0
     */
    MovingTarget(ScalarReduction parameters, double wp, double w, double wa, double length) {
        double norm = Math.hypot(w, wa);
        this.parameters = parameters;
        this.vanished = norm == 0 || length == 0;
        this.start =
                new double[] {
                    wp,
                    norm == 0 ? 1 : w / norm,
                    norm == 0 ? 0 : wa / norm,
                    vanished ? 0 : Math.log(length) + Math.log(norm)
                };
        double side = Math.sqrt(parameters.alphaP() * length * length) * Math.abs(w);
        boolean onParabola =
                parameters.etaPredictor() == parameters.etaOnline()
                        && side > 0
                        && Math.abs(Math.abs(wp) - side) <= ROUNDING * side;
        this.parabola = onParabola ? Math.copySign(Math.sqrt(parameters.alphaP()), wp * w) : 0;
    }

    double[] start() {
        return start.clone();
    }

    double[] velocity(double[] y) {
        double p = p(y);
        double c = y[1];
        double a = y[2];
        double error = a * parameters.lambdaD() - p * c * parameters.lambdaS();
        double dw = p * error - parameters.etaOnline() * c;
        double da = parameters.beta() * (c - a);
        double growth = (c * dw + a * da) / (c * c + a * a);
        return new double[] {
            parameters.alphaP() * squareLength(y) * c * error - parameters.etaPredictor() * p,
            dw - growth * c,
            da - growth * a,
            growth
        };
    }

    private double squareLength(double[] y) {
        return vanished ? 0 : Math.exp(2 * y[3]);
    }

    double p(double[] y) {
        return parabola == 0 ? y[0] : parabola * w(y);
    }

    double w(double[] y) {
        return vanished ? 0 : Math.exp(y[3]) * y[1];
    }

    double wa(double[] y) {
        return vanished ? 0 : Math.exp(y[3]) * y[2];
    }

    double s(double[] y) {
        return squareLength(y) * y[1] * y[1];
    }

    /** Whether &tau; = w<sub>a</sub>/w is a number whose sign and size can be relied on. */
    boolean hasTau(double[] y) {
        return Math.abs(y[1]) > 1 / RANGE && Math.abs(y[2]) <= RANGE * Math.abs(y[1]);
    }

    /** log |w|, which need not be a number's. */
    double logarithmOfW(double[] y) {
        return y[3] + Math.log(Math.abs(y[1]));
    }

    double[][] trajectory(double[] times) {
        return Integrator.trajectory(this::velocity, start, times, TOLERANCE, null);
    }

    /** Where the integrator's steps end, 0 before them. */
    double[] steps(double last) {
        return Integrator.steps(this::velocity, start, last, TOLERANCE);
    }
}
