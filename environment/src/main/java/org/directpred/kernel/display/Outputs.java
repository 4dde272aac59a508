package org.directpred.kernel.display;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.BufferedImage;
import java.util.Locale;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.directpred.figure.AnimatedFigure;
import tech.tablesaw.api.Table;
import tech.tablesaw.plotly.components.Figure;

/**
 * The outputs of the values that a notebook shows. Each has a text, so that it also reads in a
 * terminal; a figure is Plotly's JSON for JupyterLab and a bitmap for every other reader.
 */
final class Outputs {
    private static final String PLOTLY = "application/vnd.plotly.v1+json";

    private Outputs() {}

    static DisplayData ofFigure(Figure figure) {
        ObjectNode json = FigureJson.of(figure);
        return ofFigure(json, json);
    }

    static DisplayData ofAnimatedFigure(AnimatedFigure figure) {
        return ofFigure(FigureJson.of(figure.plotlyJson()), FigureJson.of(figure.fallback()));
    }

    static DisplayData ofTable(Table table) {
        var data = new DisplayData(table.print());
        data.putHTML(TableHtml.of(table));
        return data;
    }

    static DisplayData ofImage(BufferedImage image) {
        var data =
                new DisplayData(
                        String.format(
                                Locale.ROOT,
                                "picture, %d x %d",
                                image.getWidth(),
                                image.getHeight()));
        data.putData(Pictures.PNG, Pictures.base64(image));
        return data;
    }

    static DisplayData ofArray(Object array) {
        return new DisplayData(ArrayText.of(array));
    }

    private static DisplayData ofFigure(ObjectNode figure, ObjectNode still) {
        var data = new DisplayData();
        data.putData(PLOTLY, FigureJson.toMap(figure));
        String words = FigureText.of(still);
        try {
            data.putData(Pictures.PNG, Pictures.base64(Pictures.of(still)));
        } catch (IllegalArgumentException e) {
            words += " (no bitmap: " + e.getMessage() + ")";
        }
        data.putText(words);
        return data;
    }
}
