/**
 * Networks: one description of each (ResNet, the small network, heads), the forms it takes in the
 * engine, and the pair of online and target networks on flat parameters.
 */
package org.directpred.network;
