/**
 * Helpers for the cells of a notebook: the size of its experiments ({@link
 * org.directpred.notebook.Scale}), claims that stop it where they fail and formatted lines ({@link
 * org.directpred.notebook.Notebook}), and tables filled row by row ({@link
 * org.directpred.notebook.RowTable}).
 *
 * <p>What may enter: what cells of several notebooks would otherwise define again, as long as it
 * uses no other room. Notebooks on theory need no engine, so nothing here may load one; pictures
 * and tables of runs belong to {@code figure}.
 */
package org.directpred.notebook;
