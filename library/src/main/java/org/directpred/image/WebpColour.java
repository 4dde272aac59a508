package org.directpred.image;

/**
 * From luma and chroma of half the size to colour, with the integers of libwebp: each chroma value
 * is nine, three, three and one sixteenths of the four around it.
 */
final class WebpColour {
    private final int height;
    private final int width;
    private final int chromaWidth;
    private final byte[] luma;
    private final byte[] blue;
    private final byte[] red;
    private final byte[] rgb;

    /**
     * Takes the planes.
     *
     * @param luma {@code [height, width]}
     * @param blue {@code [(height + 1) / 2, (width + 1) / 2]}, as {@code red}
     */
    WebpColour(int height, int width, byte[] luma, byte[] blue, byte[] red) {
        this.height = height;
        this.width = width;
        this.chromaWidth = (width + 1) / 2;
        this.luma = luma;
        this.blue = blue;
        this.red = red;
        this.rgb = new byte[3 * height * width];
    }

    /** The colours, {@code [height, width, 3]}. */
    byte[] rgb() {
        int chromaHeight = (height + 1) / 2;
        for (int y = 0; y < height; y++) {
            int near = y / 2;
            // The row of chroma on the other side of this one; at the borders itself.
            int far = Math.max(0, Math.min(chromaHeight - 1, near + (y % 2 == 0 ? -1 : 1)));
            for (int x = 0; x < width; x++) {
                int nearColumn = x / 2;
                int farColumn =
                        Math.max(0, Math.min(chromaWidth - 1, nearColumn + (x % 2 == 0 ? -1 : 1)));
                put(
                        y * width + x,
                        smooth(blue, near, far, nearColumn, farColumn),
                        smooth(red, near, far, nearColumn, farColumn));
            }
        }
        return rgb;
    }

    private int smooth(byte[] plane, int near, int far, int nearColumn, int farColumn) {
        int a = plane[near * chromaWidth + nearColumn] & 0xff;
        int b = plane[near * chromaWidth + farColumn] & 0xff;
        int c = plane[far * chromaWidth + nearColumn] & 0xff;
        int d = plane[far * chromaWidth + farColumn] & 0xff;
        if (nearColumn == farColumn) {
            return (3 * a + c + 2) >> 2;
        }
        // Rounded twice, as libwebp does: (9a + 3b + 3c + d + 8) / 16 would differ by one.
        int between = (a + b + c + d + 8 + 2 * (b + c)) >> 3;
        return (between + a) >> 1;
    }

    private void put(int pixel, int u, int v) {
        int y = part(luma[pixel] & 0xff, 19077);
        rgb[3 * pixel] = limited(y + part(v, 26149) - 14234);
        rgb[3 * pixel + 1] = limited(y - part(u, 6419) - part(v, 13320) + 8708);
        rgb[3 * pixel + 2] = limited(y + part(u, 33050) - 17685);
    }

    private static int part(int value, int factor) {
        return (value * factor) >> 8;
    }

    private static byte limited(int value) {
        return (byte) (value < 0 ? 0 : Math.min(value >> 6, 255));
    }
}
