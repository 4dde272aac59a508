package org.directpred.figure;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import tech.tablesaw.plotly.components.Axis;
import tech.tablesaw.plotly.components.Figure;
import tech.tablesaw.plotly.components.Layout;
import tech.tablesaw.plotly.components.Line;
import tech.tablesaw.plotly.traces.ScatterTrace;
import tech.tablesaw.plotly.traces.Trace;

/**
 * Eigenvalues: of several variants beside each other, or of one variant as they grow and shrink.
 */
public final class SpectrumFigure {
    private SpectrumFigure() {}

    /**
     * The eigenvalues of each variant on a logarithmic axis, largest first. A collapsed variant has
     * one, a healthy one a slope.
     *
     * @param title what it shows
     * @param spectra for each variant its eigenvalues, largest first; 0 and below become gaps
     */
    public static Figure of(String title, Map<String, List<Double>> spectra) {
        Curves curves = Curves.of(title, "index j", "eigenvalue s_j").logarithmic();
        spectra.forEach(
                (variant, spectrum) -> {
                    for (int j = 0; j < spectrum.size(); j++) {
                        curves.add(variant, j + 1, spectrum.get(j));
                    }
                });
        return curves.figure();
    }

    /**
     * The eigenvalues of F over the training on a logarithmic axis (Figure 2, first column): some
     * grow, the others fall towards 0.
     *
     * @param title what it shows
     * @param spectra for each step the eigenvalues, largest first, equally many at each step
     */
    public static Figure overTime(String title, SortedMap<Long, List<Double>> spectra) {
        return overTime(title, "eigenvalue s_j of F", spectra, true);
    }

    /**
     * The eigenvalues of (W_p + W_p<sup>T</sup>) / 2 over the training (Figure 2, second column).
     *
     * @param title what it shows
     * @param spectra for each step the eigenvalues, largest first, equally many at each step
     */
    public static Figure ofPredictorOverTime(String title, SortedMap<Long, List<Double>> spectra) {
        return overTime(title, "eigenvalue p_j of W_p", spectra, false);
    }

    private static Figure overTime(
            String title,
            String vertical,
            SortedMap<Long, List<Double>> spectra,
            boolean logarithmic) {
        int d = Checks.equalLengths(title, spectra);
        double[] steps = spectra.keySet().stream().mapToDouble(Long::doubleValue).toArray();
        List<Trace> traces = new ArrayList<>();
        for (int j = 0; j < d; j++) {
            double[] values = new double[steps.length];
            int i = 0;
            for (List<Double> spectrum : spectra.values()) {
                double value = spectrum.get(j);
                values[i++] = logarithmic && !(value > 0) ? Double.NaN : value;
            }
            // From blue for the largest to orange for the smallest; the order is what matters.
            traces.add(
                    ScatterTrace.builder(steps, values)
                            .name("j = " + (j + 1))
                            .showLegend(j == 0 || j == d - 1)
                            .mode(ScatterTrace.Mode.LINE)
                            .line(Line.builder().color(shade(j, d)).width(1).build())
                            .build());
        }
        Axis.AxisBuilder yAxis = Axis.builder().title(vertical);
        if (logarithmic) {
            yAxis.type(Axis.Type.LOG);
        }
        Layout layout =
                Layout.builder()
                        .title(title)
                        .xAxis(Axis.builder().title("step").build())
                        .yAxis(yAxis.build())
                        .width(760)
                        .height(420)
                        .showLegend(true)
                        .build();
        return new Figure(layout, traces.toArray(new Trace[0]));
    }

    /** Between #0072B2 and #E69F00. */
    private static String shade(int j, int d) {
        double t = d == 1 ? 0 : (double) j / (d - 1);
        return String.format(
                Locale.ROOT,
                "#%02X%02X%02X",
                Math.round(0xE6 * t),
                Math.round(0x72 + (0x9F - 0x72) * t),
                Math.round(0xB2 * (1 - t)));
    }
}
