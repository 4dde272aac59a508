/**
 * Images: where they come from, the random views of them, and the loader that prefetches batches.
 *
 * <ul>
 *   <li>{@link org.directpred.image.ImageSource}: a set of images behind one small interface.
 *   <li>{@link org.directpred.image.Operation}: one step of a view; {@link
 *       org.directpred.image.Augmentation}: several in a row; {@link org.directpred.image.Views}:
 *       the two that make a pair, and the plain one for evaluation.
 *   <li>{@link org.directpred.image.ViewLoader} and {@link org.directpred.image.PlainLoader}:
 *       batches in the memory that an engine takes, made on other threads.
 * </ul>
 *
 * <p>What may enter: formats, decoding, pixels, randomness of views. No tensors: a batch is a
 * direct {@link java.nio.ByteBuffer}. This room uses {@code progress} alone.
 */
package org.directpred.image;
