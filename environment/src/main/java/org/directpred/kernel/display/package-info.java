/**
 * The display adapter: what a notebook of the kernel shows.
 *
 * <p>An extension that the kernel finds on its class path. It becomes the library's {@link
 * org.directpred.progress.Sink}, and it teaches the kernel to show Plotly figures, Tablesaw tables,
 * pictures and arrays when they are a cell's value.
 */
package org.directpred.kernel.display;
