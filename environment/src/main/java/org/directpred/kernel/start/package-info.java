/**
 * The kernel's own main program: JJava's kernel behind a connection that aborts queued cells after
 * an error, and that says with an error what to do.
 */
package org.directpred.kernel.start;
