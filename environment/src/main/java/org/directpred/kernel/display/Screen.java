package org.directpred.kernel.display;

import org.dflib.jjava.jupyter.kernel.display.DisplayData;

/** What a notebook's output area can do. */
interface Screen {

    /** Adds an output; with a display id, one that can be replaced. */
    void show(DisplayData data);

    /** Replaces the output of the same display id. */
    void replace(DisplayData data);

    /** Makes an output of a value, as if it were a cell's. */
    DisplayData render(Object value);
}
