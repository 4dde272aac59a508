/**
 * The Jupyter kernel of DirectPred for Java.
 *
 * <p>{@code install} resolves the class path and writes the kernel spec; {@code display} runs
 * inside the kernel and shows figures, tables and progress. Neither uses the other, and the library
 * uses neither.
 */
package org.directpred.kernel;
