package org.directpred.image;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * The identity of a source by what it holds, so that another process knows it again: how many
 * images, what each is ({@link ImageSource#content}), its label, and the classes. Neither the
 * source's name nor its place is part of it: a folder that has moved is the same, two parts of one
 * set are not.
 *
 * <p>Beside the SHA-256 digest of all this an outline is kept, 16 bits for each image or, above
 * 8192 images, for as many neighbours as make that many groups: it tells where two sources begin to
 * differ without keeping the list of a million names.
 */
public final class SourceIdentity {
    private static final String FORMAT = "images-1";
    private static final int MOST_GROUPS = 8192;

    private final int size;
    private final String digest;
    private final byte[] contents;
    private final byte[] labels;

    private SourceIdentity(int size, String digest, byte[] contents, byte[] labels) {
        this.size = size;
        this.digest = digest;
        this.contents = contents;
        this.labels = labels;
    }

    /**
     * Looks at a source: at its list of images, and at as many pixels or bytes as its contents
     * name.
     */
    public static SourceIdentity of(ImageSource source) {
        ImageSource checked = CheckedSource.of(source);
        return of(checked, group(checked.size()));
    }

    private static int group(int size) {
        return Math.max(1, (size + MOST_GROUPS - 1) / MOST_GROUPS);
    }

    private static SourceIdentity of(ImageSource unchecked, int group) {
        ImageSource source = CheckedSource.of(unchecked);
        MessageDigest sum = sha256();
        int size = source.size();
        int groups = (size + group - 1) / group;
        byte[] contents = new byte[2 * groups];
        byte[] labels = new byte[2 * groups];
        CRC32 contentSum = new CRC32();
        CRC32 labelSum = new CRC32();
        List<String> classes = source.classes();
        sum.update(line(Integer.toString(size)));
        classes.forEach(each -> sum.update(line(each)));
        for (int i = 0; i < size; i++) {
            byte[] content = line(source.content(i));
            byte[] label = line(label(source.label(i), classes));
            sum.update(content);
            sum.update(label);
            contentSum.update(content);
            labelSum.update(label);
            if ((i + 1) % group == 0 || i + 1 == size) {
                put(contents, i / group, contentSum);
                put(labels, i / group, labelSum);
            }
        }
        return new SourceIdentity(size, HexFormat.of().formatHex(sum.digest()), contents, labels);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static byte[] line(String text) {
        // No name holds the character 0, so that no two lists give the same lines.
        return (text + "\0").getBytes(StandardCharsets.UTF_8);
    }

    private static void put(byte[] outline, int group, CRC32 sum) {
        long value = sum.getValue();
        outline[2 * group] = (byte) (value >> 8);
        outline[2 * group + 1] = (byte) value;
        sum.reset();
    }

    private static String label(int label, List<String> classes) {
        return label < 0
                ? "none"
                : label + (label < classes.size() ? " (" + classes.get(label) + ")" : "");
    }

    /** Number of images. */
    public int size() {
        return size;
    }

    /** SHA-256 of all that the identity is of, 64 hexadecimal digits. */
    public String digest() {
        return digest;
    }

    /** One line of ASCII that {@link #difference} takes. */
    public String text() {
        Base64.Encoder encoder = Base64.getEncoder();
        return String.join(
                " ",
                FORMAT,
                Integer.toString(size),
                digest,
                encoder.encodeToString(contents),
                encoder.encodeToString(labels));
    }

    private static Optional<SourceIdentity> parse(String text) {
        String[] parts = text.split(" ", -1);
        if (parts.length != 5 || !parts[0].equals(FORMAT)) {
            return Optional.empty();
        }
        try {
            int size = Integer.parseInt(parts[1]);
            byte[] contents = Base64.getDecoder().decode(parts[3]);
            byte[] labels = Base64.getDecoder().decode(parts[4]);
            int groups = size < 0 ? -1 : (size + group(size) - 1) / group(size);
            return contents.length == 2 * groups && labels.length == 2 * groups
                    ? Optional.of(new SourceIdentity(size, parts[2], contents, labels))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * The difference between a source and one that was seen before.
     *
     * @param before the {@link #text} of the identity that it had then
     * @param now the source
     * @return empty if it holds the same; else the counts and the first image that differs, in
     *     words that complete "the images are others: "
     */
    public static Optional<String> difference(String before, ImageSource now) {
        SourceIdentity here = of(now);
        if (before.equals(here.text())) {
            return Optional.empty();
        }
        return Optional.of(
                parse(before)
                        .map(stored -> stored.differenceFrom(now))
                        .orElse("the identity of the earlier ones cannot be read"));
    }

    private String differenceFrom(ImageSource now) {
        int group = group(size);
        SourceIdentity here = of(now, group);
        String counts =
                size == here.size
                        ? "there are " + size + " as before"
                        : "there were " + size + ", and there are " + here.size;
        int content = firstDifference(contents, here.contents);
        int label = firstDifference(labels, here.labels);
        if (content < 0 && label < 0) {
            return counts + ", and the classes or their names are others: now " + now.classes();
        }
        boolean onlyLabel = content < 0 || (label >= 0 && label < content);
        int first = (onlyLabel ? label : content) * group;
        if (first >= here.size) {
            return counts + ": all from image " + first + " on are gone";
        }
        String where =
                first >= size
                        ? "image " + first + " is new: "
                        : group == 1
                                ? "the first that differs is image " + first + ", "
                                : "the first that differs is one of the images "
                                        + first
                                        + " to "
                                        + (Math.min(first + group, size) - 1)
                                        + ", of which the first is ";
        return "%s; %s%s, which is now '%s' with the label %s (%s)"
                .formatted(
                        counts,
                        where,
                        onlyLabel ? "in its label" : "in name, size or content",
                        now.content(first),
                        label(now.label(first), now.classes()),
                        now.place(first));
    }

    /** The first group in which two outlines differ, or -1. */
    private static int firstDifference(byte[] a, byte[] b) {
        int mismatch = java.util.Arrays.mismatch(a, b);
        return mismatch < 0 ? -1 : mismatch / 2;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SourceIdentity identity && identity.text().equals(text());
    }

    @Override
    public int hashCode() {
        return digest.hashCode();
    }

    /** The count and the beginning of the digest, for a person. */
    @Override
    public String toString() {
        return size + " images, " + digest.substring(0, 16);
    }
}
