/**
 * The neutral sink for progress, pictures and messages.
 *
 * <p>The library reports through {@link org.directpred.progress.Progress} and never asks where it
 * runs: a notebook's kernel sets a {@link org.directpred.progress.Sink} that draws, a plain JVM
 * gets {@link org.directpred.progress.ConsoleSink}, which prints text. Every other package may use
 * this one; it uses none.
 */
package org.directpred.progress;
