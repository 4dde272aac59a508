package org.directpred.image;

/**
 * How a picture lies in its file, by EXIF's number: 1 as it is, 2 mirrored, 3 upside down, and so
 * on to 8, a quarter turn.
 */
record Orientation(int number) {
    /** The first of these that is there; 1 where none is. */
    static Orientation of(int... numbers) {
        for (int number : numbers) {
            if (number != Exif.NONE) {
                return new Orientation(number);
            }
        }
        return new Orientation(1);
    }

    /**
     * Turns and mirrors.
     *
     * @param pixels {@code [height, width, 3]}
     */
    Image apply(int height, int width, byte[] pixels) {
        if (number == 1) {
            return Image.interleaved(height, width, pixels);
        }
        boolean turned = number >= 5;
        int newHeight = turned ? width : height;
        int newWidth = turned ? height : width;
        boolean upsideDown = number == 3 || number == 4 || number == 7 || number == 6;
        boolean mirrored = number == 2 || number == 3 || number == 7 || number == 8;
        byte[] result = new byte[pixels.length];
        for (int y = 0; y < newHeight; y++) {
            for (int x = 0; x < newWidth; x++) {
                int row = turned ? x : y;
                int column = turned ? y : x;
                int fromRow = upsideDown ? height - 1 - row : row;
                int fromColumn = mirrored ? width - 1 - column : column;
                System.arraycopy(
                        pixels,
                        3 * (fromRow * width + fromColumn),
                        result,
                        3 * (y * newWidth + x),
                        3);
            }
        }
        return Image.interleaved(newHeight, newWidth, result);
    }
}
