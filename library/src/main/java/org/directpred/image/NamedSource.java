package org.directpred.image;

import java.util.List;
import java.util.Objects;

/** A source under another name. */
final class NamedSource implements ImageSource {
    private final ImageSource source;
    private final String name;

    NamedSource(ImageSource source, String name) {
        this.source = source;
        this.name = Objects.requireNonNull(name, "name");
        if (name.isBlank()) {
            throw new IllegalArgumentException("a source needs a name that is not blank");
        }
    }

    @Override
    public String name() {
        return name;
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
        return source.classes();
    }

    @Override
    public int label(int index) {
        return source.label(index);
    }

    @Override
    public Image read(int index) {
        return source.read(index);
    }

    @Override
    public String content(int index) {
        return source.content(index);
    }

    @Override
    public long checksum(int index) {
        return source.checksum(index);
    }

    @Override
    public String place(int index) {
        return source.place(index);
    }

    @Override
    public void close() {
        source.close();
    }
}
