package org.directpred.experiment;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/**
 * A name of a file made from a point's, for any file system: short, of small letters, digits and
 * hyphens only, always the same for one point, and another for every other point.
 */
final class FileName {
    private static final int READABLE_LETTERS = 40;
    private static final int DIGEST_LETTERS = 12;

    private FileName() {}

    /** The readable part of the variant's name, a digest of all of it, and the seed. */
    static String of(Point point) {
        String readable =
                point.variant()
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9]+", "-")
                        .replaceAll("^-|-$", "");
        String begin = readable.isEmpty() ? "arm" : readable;
        return begin.substring(0, Math.min(READABLE_LETTERS, begin.length()))
                + "-"
                + digest(point.variant())
                + "-"
                + point.seed();
    }

    private static String digest(String text) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            // Letter by letter, for a character set has one replacement for all halves of a pair.
            text.chars()
                    .forEach(
                            letter -> sha.update(new byte[] {(byte) (letter >> 8), (byte) letter}));
            byte[] hash = sha.digest();
            return HexFormat.of().formatHex(hash).substring(0, DIGEST_LETTERS);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
