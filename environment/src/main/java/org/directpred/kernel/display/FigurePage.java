package org.directpred.kernel.display;

import com.fasterxml.jackson.databind.node.ObjectNode;
import tech.tablesaw.plotly.components.Figure;

/** A figure as a page of its own, which loads Plotly from the network when it is opened. */
public final class FigurePage {
    private static final String PLOTLY = "https://cdn.plot.ly/plotly-4.1.1.min.js";

    private FigurePage() {}

    /**
     * The page as HTML.
     *
     * @param figure what it shows
     * @param element the name of the page's element that holds it
     */
    public static String of(Figure figure, String element) {
        ObjectNode json = FigureJson.of(figure);
        // Nothing in a text may end the script it stands in.
        String data = FigureJson.toText(json).replace("<", "\\u003c");
        return """
                <!DOCTYPE html>
                <html lang="en">
                <head>
                <meta charset="UTF-8">
                <title>%s</title>
                <script src="%s"></script>
                </head>
                <body>
                <div id="%s"></div>
                <script>
                const figure = %s;
                Plotly.newPlot(document.body.firstElementChild, figure.data, figure.layout, figure.config);
                </script>
                </body>
                </html>
                """
                .formatted(
                        Html.escape(FigureText.title(json.path("layout"))),
                        PLOTLY,
                        Html.escape(element),
                        data);
    }
}
