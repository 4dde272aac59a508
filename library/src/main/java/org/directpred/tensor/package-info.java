/**
 * What the other rooms need of the engine and DJL does not offer: PyTorch operators by way of
 * TorchScript text, flat parameter arrays, and the one thread that owns every array.
 *
 * <p>Only operations that know nothing of networks, predictors or data enter here.
 */
package org.directpred.tensor;
