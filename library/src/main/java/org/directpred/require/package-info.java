/**
 * Checks of numbers that methods are given, each in one wording that names the argument, what was
 * expected and what came.
 *
 * <p>Every room may use this one; it uses none. What only one room asks of its arguments stays in
 * that room.
 */
package org.directpred.require;
