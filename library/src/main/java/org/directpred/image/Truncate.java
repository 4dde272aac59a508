package org.directpred.image;

/**
 * Cuts values down to whole 8-bit ones, as a tensor becomes a picture in torchvision: half a level
 * darker in the mean. The authors' program does so after its blur on STL-10.
 */
public record Truncate() implements Operation {
    @Override
    public void apply(Canvas canvas, SplitMix64 random) {
        canvas.truncate();
    }
}
