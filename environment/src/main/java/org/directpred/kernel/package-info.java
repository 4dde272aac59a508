/** The Jupyter kernel of DirectPred for Java: its installer and its display adapter. */
package org.directpred.kernel;
