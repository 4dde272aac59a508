/**
 * What this machine, its engine and its data can do, checked line by line before a long run. It may
 * look at {@code tensor} and {@code image}; nothing else uses it.
 */
package org.directpred.doctor;
