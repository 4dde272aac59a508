package org.directpred.progress;

/** A sink for tests that look at bars or messages, and at nothing else. */
public class TestSink implements Sink {

    /** What a bar is told. */
    protected void update(long done, String note) {}

    @Override
    public final Bar bar(String name, long total) {
        return new Bar() {
            @Override
            public void update(long done, String note) {
                TestSink.this.update(done, note);
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public LivePicture picture(String name) {
        throw new UnsupportedOperationException(name);
    }

    @Override
    public void message(String text) {}

    @Override
    public void show(Object value) {}
}
