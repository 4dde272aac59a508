/**
 * Resolves the library and the engine's flavour for this machine, and writes the kernel spec.
 *
 * <p>A command-line program on Maven Resolver; nothing here runs inside the kernel.
 */
package org.directpred.kernel.install;
