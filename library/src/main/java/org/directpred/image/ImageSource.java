package org.directpred.image;

import java.util.List;

/**
 * A set of images with random access. Implementations are safe to read from several threads at
 * once, and keep no more of the set in memory than they say.
 */
public interface ImageSource extends AutoCloseable {
    /** The height or width of a source whose images differ in size. */
    int VARIABLE = -1;

    /** The label of an image that has none. */
    int UNLABELLED = -1;

    /** The {@link #checksum} of an image that cannot be read. */
    long UNREADABLE = -1;

    /**
     * The set and the part of it, for a person: {@code STL-10 train+unlabeled}. Nothing is compared
     * by it ({@link #identity}).
     */
    String name();

    /** Number of images. */
    int size();

    /** Planes of every image: 1 (grey) or 3 (colour). */
    int channels();

    /** Rows of every image, or {@link #VARIABLE}. */
    int height();

    /** Columns of every image, or {@link #VARIABLE}. */
    int width();

    /** The classes' names in the order of the labels; empty where no image has a label. */
    List<String> classes();

    /**
     * The class of an image.
     *
     * @param index 0 to {@code size() - 1}
     * @return 0 to {@code classes().size() - 1}, or {@link #UNLABELLED}
     */
    int label(int index);

    /**
     * Reads and decodes one image.
     *
     * @param index 0 to {@code size() - 1}
     * @return the image; a fresh array at each call
     * @throws CorruptImageException if this image alone cannot be decoded
     * @throws ImageDataException if the file cannot be read or is not what its format says
     */
    Image read(int index);

    /**
     * The place of an image, for messages: the file's path, and the place in it.
     *
     * @param index 0 to {@code size() - 1}
     */
    default String place(int index) {
        return name() + ", image " + index;
    }

    /**
     * The identity of an image, wherever its source lies: by it a run, a file of features and an
     * ablation know their images again ({@link #identity}). A folder gives the name below it, with
     * {@code /}, the size of the file and, for at most 4096 files evenly spread over it, the {@link
     * #checksum}; an archive the member's; a format of equal records the number and a sum of the
     * pixels. So a set of more than 4096 files is compared by all names and sizes, and by a part of
     * the bytes: reading all of ImageNet would take minutes at each start.
     *
     * <p>A source that does not say gets the number and, for at most 4096 images evenly spread over
     * it, the height, the width and a sum of the pixels; for this these images are read.
     *
     * @param index 0 to {@code size() - 1}
     * @return equal for equal images on every system; no path, no time
     */
    default String content(int index) {
        return PixelSum.content(this, index);
    }

    /**
     * A sum of all that an image is: by it a file of features knows each of its rows again ({@code
     * Features.extract}). Folders and archives sum the bytes of the file or member, which are not
     * decoded for it.
     *
     * <p>A source that does not say reads the image and sums its size and pixels.
     *
     * @param index 0 to {@code size() - 1}
     * @return the CRC-32, or {@link #UNREADABLE} where the image is corrupt or too large to be read
     */
    default long checksum(int index) {
        return PixelSum.checksum(this, index);
    }

    /**
     * The identity of this source, by which another process knows it again: the list of its images'
     * {@linkplain #content contents}, labels and classes, and neither its name nor its place.
     */
    default SourceIdentity identity() {
        return SourceIdentity.of(this);
    }

    /**
     * This source under another name, for people: in tables, bars and messages. Its {@link
     * #identity} stays. Closing it closes this source.
     *
     * @param name not blank
     */
    default ImageSource withName(String name) {
        return new NamedSource(this, name);
    }

    /**
     * This source's images in grey, one channel each, as Pillow's {@code convert("L")} makes them:
     * for folders and shards, which are read in colour.
     *
     * @return this source where it is grey; closing the grey one does not close this source
     */
    default ImageSource asGrey() {
        return channels() == 1 ? this : new GreySource(this);
    }

    /**
     * A part of this source, in the given order. Closing the part does not close this source.
     *
     * @param indices each 0 to {@code size() - 1}; copied
     * @throws IllegalArgumentException if an index is out of range
     */
    default ImageSource subset(int... indices) {
        return new SubsetSource(this, indices);
    }

    /**
     * The first images of this source.
     *
     * @param count how many, 1 to {@code size()}
     */
    default ImageSource first(int count) {
        if (count < 1 || count > size()) {
            throw new IllegalArgumentException(
                    name() + " has " + size() + " images; asked for the first " + count);
        }
        return subset(java.util.stream.IntStream.range(0, count).toArray());
    }

    /**
     * A source whose answers are looked at: what its own type must be, each image and each label.
     * By it a mistake in a source of one's own is said where it shows, with the source and the
     * index.
     *
     * @return the same images; closing it closes the source
     * @throws IllegalArgumentException if the name or a class is null or blank, or a number is none
     *     that {@link #size}, {@link #channels}, {@link #height} or {@link #width} may give
     */
    static ImageSource checked(ImageSource source) {
        return CheckedSource.of(source);
    }

    /** Releases the files behind this source; reading from it afterwards fails. */
    @Override
    default void close() {}
}
