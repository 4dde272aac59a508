package org.directpred.image;

import java.util.List;
import java.util.Objects;

/** Some images of another source, in an order of their own. */
final class SubsetSource implements ImageSource {
    private final ImageSource source;
    private final int[] indices;

    SubsetSource(ImageSource source, int[] indices) {
        this.source = source;
        this.indices = indices.clone();
        for (int index : indices) {
            Objects.checkIndex(index, source.size());
        }
    }

    @Override
    public String name() {
        return source.name() + " (" + indices.length + " of " + source.size() + ")";
    }

    @Override
    public int size() {
        return indices.length;
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
        return source.label(indices[index]);
    }

    @Override
    public Image read(int index) {
        return source.read(indices[index]);
    }

    @Override
    public String content(int index) {
        return source.content(indices[index]);
    }

    @Override
    public long checksum(int index) {
        return source.checksum(indices[index]);
    }

    @Override
    public String place(int index) {
        return source.place(indices[index]);
    }
}
