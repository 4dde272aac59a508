package org.directpred.image;

/**
 * From a JPEG image's components to red, green and blue, with the integers of libjpeg and Pillow:
 * the same values whoever decoded the components.
 */
final class JpegColour {
    private static final int SCALE = 16;
    private static final int HALF = 1 << (SCALE - 1);
    private static final int[] RED_FROM_CR = new int[256];
    private static final int[] BLUE_FROM_CB = new int[256];
    private static final int[] GREEN_FROM_CR = new int[256];
    private static final int[] GREEN_FROM_CB = new int[256];

    static {
        for (int i = 0; i < 256; i++) {
            int centred = i - 128;
            RED_FROM_CR[i] = (fixed(1.40200) * centred + HALF) >> SCALE;
            BLUE_FROM_CB[i] = (fixed(1.77200) * centred + HALF) >> SCALE;
            GREEN_FROM_CR[i] = -fixed(0.71414) * centred;
            GREEN_FROM_CB[i] = -fixed(0.34414) * centred + HALF;
        }
    }

    private JpegColour() {}

    private static int fixed(double factor) {
        return (int) (factor * (1 << SCALE) + 0.5);
    }

    /** Each value three times. */
    static byte[] fromGrey(byte[] grey) {
        byte[] rgb = new byte[3 * grey.length];
        for (int i = 0, at = 0; i < grey.length; i++) {
            rgb[at++] = grey[i];
            rgb[at++] = grey[i];
            rgb[at++] = grey[i];
        }
        return rgb;
    }

    /**
     * Turns luma and chroma into colour, in place.
     *
     * @param values luma, blue and red chroma at the first three of every {@code step} bytes
     * @param step 3, or 4 where a fourth component is left as it is
     */
    static void fromYcc(byte[] values, int step) {
        for (int at = 0; at + 2 < values.length; at += step) {
            int luma = values[at] & 0xff;
            int blue = values[at + 1] & 0xff;
            int red = values[at + 2] & 0xff;
            values[at] = limited(luma + RED_FROM_CR[red]);
            values[at + 1] = limited(luma + ((GREEN_FROM_CB[blue] + GREEN_FROM_CR[red]) >> SCALE));
            values[at + 2] = limited(luma + BLUE_FROM_CB[blue]);
        }
    }

    /**
     * YCCK as it is stored to CMYK as it is stored: what is left of 255 by the colour, in place.
     */
    static void fromYcck(byte[] values) {
        fromYcc(values, 4);
        for (int at = 0; at < values.length; at += 4) {
            values[at] = (byte) ~values[at];
            values[at + 1] = (byte) ~values[at + 1];
            values[at + 2] = (byte) ~values[at + 2];
        }
    }

    /**
     * Ink to colour.
     *
     * @param ink cyan, magenta, yellow and black of each pixel
     * @param inverted whether 255 is no ink: so it is in JPEG files, whether Adobe's marker says
     *     who wrote them or not
     */
    static byte[] fromCmyk(byte[] ink, boolean inverted) {
        int flip = inverted ? 0 : 0xff;
        byte[] rgb = new byte[ink.length / 4 * 3];
        for (int from = 0, at = 0; from + 3 < ink.length; from += 4) {
            int white = (ink[from + 3] & 0xff) ^ flip;
            for (int c = 0; c < 3; c++) {
                int covered = 255 - ((ink[from + c] & 0xff) ^ flip);
                // The product over 255, rounded as Pillow does.
                int product = covered * white + 128;
                int darker = (product + (product >> 8)) >> 8;
                rgb[at++] = (byte) Math.max(0, white - darker);
            }
        }
        return rgb;
    }

    private static byte limited(int value) {
        return (byte) (value < 0 ? 0 : Math.min(value, 255));
    }
}
