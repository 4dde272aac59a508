package org.directpred.image;

import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** See {@link ImageSource#checked}. */
final class CheckedSource implements ImageSource {
    private final ImageSource source;
    private final List<String> classes;

    private CheckedSource(ImageSource source) {
        this.source = source;
        String kind = source.getClass().getName();
        String name = source.name();
        require(name != null && !name.isBlank(), kind, "name()", "a text that is not blank", name);
        require(source.size() >= 0, name, "size()", "0 or more images", source.size());
        int planes = source.channels();
        require(planes == 1 || planes == 3, name, "channels()", "1 or 3", planes);
        requireSide(name, "height()", source.height());
        requireSide(name, "width()", source.width());
        List<String> named = source.classes();
        require(named != null, name, "classes()", "a list, empty where there are none", null);
        for (int i = 0; i < named.size(); i++) {
            String each = named.get(i);
            require(
                    each != null && !each.isBlank(),
                    name,
                    "classes().get(" + i + ")",
                    "a name that is not blank",
                    each);
        }
        this.classes = Collections.unmodifiableList(named);
    }

    static ImageSource of(ImageSource source) {
        Objects.requireNonNull(source, "a source of images is needed, not null");
        return source instanceof CheckedSource ? source : new CheckedSource(source);
    }

    private static void requireSide(String name, String method, int side) {
        require(
                side >= 1 || side == VARIABLE,
                name,
                method,
                "at least 1, or " + VARIABLE + " (ImageSource.VARIABLE)",
                side);
    }

    private static void require(
            boolean fits, String source, String method, String expected, @Nullable Object found) {
        if (!fits) {
            throw new IllegalArgumentException(
                    "the image source %s: %s has to give %s, and gives %s"
                            .formatted(
                                    source,
                                    method,
                                    expected,
                                    found instanceof String ? "'" + found + "'" : found));
        }
    }

    /** One image of a source that need not be checked itself. */
    static Image read(ImageSource source, int index) {
        Image image = source.read(index);
        if (image == null) {
            throw wrong(source, index, "an image", "null: read(" + index + ") has to give one");
        }
        if (image.channels() != source.channels()
                || !fits(source.height(), image.height())
                || !fits(source.width(), image.width())) {
            throw wrong(
                    source,
                    index,
                    "%s x %s x %s (channels, height, width) as its source says"
                            .formatted(
                                    source.channels(), side(source.height()), side(source.width())),
                    "%d x %d x %d".formatted(image.channels(), image.height(), image.width()));
        }
        return image;
    }

    private static boolean fits(int said, int side) {
        return said == VARIABLE || said == side;
    }

    private static String side(int said) {
        return said == VARIABLE ? "any" : String.valueOf(said);
    }

    private static ImageDataException wrong(
            ImageSource source, int index, String expected, String found) {
        return new ImageDataException(source.place(index), -1, expected, found);
    }

    @Override
    public String name() {
        return source.name();
    }

    @Override
    public int size() {
        return source.size();
    }

    @Override
    public int channels() {
        return source.channels();
    }

    @Override
    public int height() {
        return source.height();
    }

    @Override
    public int width() {
        return source.width();
    }

    @Override
    public List<String> classes() {
        return classes;
    }

    @Override
    public int label(int index) {
        int label = source.label(index);
        if (label < UNLABELLED || label >= classes.size()) {
            throw wrong(
                    source,
                    index,
                    "a label of its %d classes, from 0 on, or %d (ImageSource.UNLABELLED)"
                            .formatted(classes.size(), UNLABELLED),
                    label + " by label(" + index + ")");
        }
        return label;
    }

    @Override
    public Image read(int index) {
        return read(source, index);
    }

    @Override
    public String place(int index) {
        return source.place(index);
    }

    @Override
    public String content(int index) {
        String content = source.content(index);
        if (content == null) {
            throw wrong(source, index, "a text", "null by content(" + index + ")");
        }
        return content;
    }

    @Override
    public long checksum(int index) {
        return source.checksum(index);
    }

    @Override
    public SourceIdentity identity() {
        return source.identity();
    }

    @Override
    public void close() {
        source.close();
    }
}
