package org.directpred.image;

import java.util.List;

/** Another source's images in grey, one channel each. */
final class GreySource implements ImageSource {
    private final ImageSource source;

    GreySource(ImageSource source) {
        this.source = CheckedSource.of(source);
    }

    @Override
    public String name() {
        return source.name() + ", grey";
    }

    @Override
    public int size() {
        return source.size();
    }

    @Override
    public int channels() {
        return 1;
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
        return source.read(index).toGrey();
    }

    @Override
    public String content(int index) {
        return "grey " + source.content(index);
    }

    @Override
    public long checksum(int index) {
        return source.checksum(index);
    }

    @Override
    public String place(int index) {
        return source.place(index);
    }
}
