package org.directpred.figure;

import tech.tablesaw.plotly.components.Line;

/**
 * One look for all figures: Okabe and Ito's colours, which people with any kind of colour vision
 * tell apart, and line styles once the colours are used up.
 */
public final class Palette {
    private static final String[] COLOURS = {
        "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999"
    };
    private static final Line.Dash[] DASHES = {
        Line.Dash.SOLID, Line.Dash.DASH, Line.Dash.DOT, Line.Dash.DASH_DOT
    };

    private Palette() {}

    /**
     * The colour of the variant at that place, as {@code #RRGGBB}.
     *
     * @param place from 0; after 8 the colours start again
     */
    public static String colour(int place) {
        return COLOURS[place % COLOURS.length];
    }

    /**
     * The line of the variant at that place: its colour, and another dash after each round of
     * colours.
     *
     * @param place from 0
     */
    public static Line line(int place) {
        return Line.builder()
                .color(colour(place))
                .dash(DASHES[place / COLOURS.length % DASHES.length])
                .width(2)
                .build();
    }
}
