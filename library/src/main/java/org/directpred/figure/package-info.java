/**
 * Plotly figures and Tablesaw tables of what the other rooms compute.
 *
 * <p>What may enter: {@code tech.tablesaw} (tables and {@code tech.tablesaw.plotly} figures),
 * Jackson for what Tablesaw's figures cannot say, and every other room, whose results are drawn
 * here. No mathematics of its own and no knowledge of where a picture is shown: a notebook's kernel
 * renders a {@link tech.tablesaw.plotly.components.Figure} or a {@link
 * org.directpred.figure.AnimatedFigure}, a plain JVM may save either.
 */
package org.directpred.figure;
