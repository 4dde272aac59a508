package org.directpred.figure;

import java.util.List;
import java.util.Locale;
import org.directpred.theory.Observation;
import org.directpred.theory.PhasePlane;
import org.directpred.theory.PhasePlane.FixedPoint;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** Tables of the theory's results. */
public final class TheoryTables {
    private TheoryTables() {}

    /** Table 4, computed: one row for each observation, with the number that shows it. */
    public static Table observations(List<Observation> observations) {
        IntColumn number = IntColumn.create("#");
        StringColumn effect = StringColumn.create("effect");
        StringColumn claim = StringColumn.create("observation");
        StringColumn change = StringColumn.create("change");
        StringColumn quantity = StringColumn.create("computed quantity");
        StringColumn before = StringColumn.create("before");
        StringColumn after = StringColumn.create("after");
        BooleanColumn holds = BooleanColumn.create("holds");
        for (Observation row : observations) {
            number.append(row.number());
            effect.append(row.effect().name().toLowerCase(Locale.ROOT));
            claim.append(row.claim());
            change.append(row.change());
            quantity.append(row.quantity());
            before.append(shortNumber(row.before()));
            after.append(shortNumber(row.after()));
            holds.append(row.holds());
        }
        return Table.create(
                "The ten observations",
                number,
                effect,
                claim,
                change,
                quantity,
                before,
                after,
                holds);
    }

    private static String shortNumber(double value) {
        return Math.abs(value) < 1e-12 ? "0" : String.format(Locale.ROOT, "%.3g", value);
    }

    /** The fixed points of a plane, with the eigenvalues of the Jacobian at each. */
    public static Table fixedPoints(PhasePlane plane) {
        StringColumn branch = StringColumn.create("branch");
        DoubleColumn p = DoubleColumn.create("p");
        DoubleColumn s = DoubleColumn.create("s");
        StringColumn stability = StringColumn.create("stability");
        StringColumn first = StringColumn.create("eigenvalue 1");
        StringColumn second = StringColumn.create("eigenvalue 2");
        for (FixedPoint point : plane.fixedPoints()) {
            branch.append(point.branch().name().toLowerCase(Locale.ROOT));
            p.append(point.p());
            s.append(point.s());
            stability.append(point.stability().name().toLowerCase(Locale.ROOT).replace('_', ' '));
            first.append(eigenvalue(point, 0));
            second.append(eigenvalue(point, 1));
        }
        return Table.create("Fixed points", branch, p, s, stability, first, second);
    }

    private static String eigenvalue(FixedPoint point, int which) {
        double real = point.eigenvalues().get(which).getReal();
        double imaginary = point.eigenvalues().get(which).getImaginary();
        return imaginary == 0
                ? String.format(Locale.ROOT, "%.6f", real)
                : String.format(Locale.ROOT, "%.6f %+.6fi", real, imaginary);
    }
}
