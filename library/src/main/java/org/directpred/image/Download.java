package org.directpred.image;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLConnection;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.directpred.progress.Bar;
import org.directpred.progress.Progress;
import org.jspecify.annotations.Nullable;

/**
 * Fetches one file, on an explicit call alone. What has arrived waits in {@code NAME.part}; a later
 * call asks for the rest, and the file gets its name when its MD5 sum is right.
 */
public final class Download {
    private static final int BUFFER = 1 << 16;
    private static final int CONNECT_MILLIS = 30_000;
    private static final int STALL_MILLIS = 60_000;
    private static final int STOP_MILLIS = 500;
    private static final int MOST_HOPS = 10;
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

    private Download() {}

    /**
     * The sums and the length that a file must have.
     *
     * @param md5 its MD5 sum, 32 hexadecimal digits
     * @param sha256 its SHA-256 sum, 64 hexadecimal digits, or null where none is known
     * @param mostBytes the most that it may have
     */
    record Expected(String md5, @Nullable String sha256, long mostBytes) {
        Expected {
            Archive.requireDigits("MD5", md5, 32);
        }
    }

    /**
     * Fetches a file unless it is there with the right sum.
     *
     * @param from where it is, http or https; a server that sends on is followed, but not from
     *     https to http
     * @param target where it goes; its folder is made
     * @param md5 its MD5 sum, 32 hexadecimal digits
     * @throws IllegalArgumentException if that is no MD5 sum, or the address is neither http nor
     *     https; nothing has been fetched then
     * @throws ImageDataException if what arrived has another sum; it is deleted then
     * @throws UncheckedIOException if the server cannot be reached, refuses, stalls for a minute or
     *     breaks off; what has arrived is kept for the next call
     */
    public static void fetch(URI from, Path target, String md5) {
        fetch(from, target, new Expected(md5, null, Long.MAX_VALUE));
    }

    static void fetch(URI from, Path target, Expected expected) {
        fetch(from, target, expected, STALL_MILLIS);
    }

    static void fetch(URI from, Path target, Expected expected, int stallMillis) {
        if (!isWeb(from)) {
            throw new IllegalArgumentException("only http and https are fetched, not " + from);
        }
        if (Files.exists(target)) {
            Archive.checkSum(target, expected.md5(), expected.sha256());
            return;
        }
        Path part = target.resolveSibling(target.getFileName() + ".part");
        try {
            Files.createDirectories(target.toAbsolutePath().getParent());
            requirePlain(part);
            ownCopy(part);
        } catch (IOException e) {
            throw stopped(from, part, e);
        }
        try (FileChannel claim = claim(part)) {
            try {
                if (Files.exists(target)) {
                    // Another call has fetched it meanwhile.
                    Archive.checkSum(target, expected.md5(), expected.sha256());
                    return;
                }
                interruptibly(() -> transfer(from, part, expected.mostBytes(), stallMillis));
                requireSums(part, expected);
                Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                if (size(part) == 0) {
                    Files.deleteIfExists(part);
                }
            }
        } catch (IOException e) {
            throw stopped(from, part, e);
        }
    }

    private static void requireSums(Path part, Expected expected) throws IOException {
        try {
            Archive.checkSum(
                    part,
                    expected.md5(),
                    expected.sha256(),
                    "what arrived has been deleted: call again to get it anew");
        } catch (ImageDataException e) {
            // Kept, a wrong file would be taken for the beginning of the right one.
            if (!(e.getCause() instanceof IOException)) {
                Files.delete(part);
            }
            throw e;
        }
    }

    private static UncheckedIOException stopped(URI from, Path part, IOException e) {
        return new UncheckedIOException(
                "fetching %s stopped: %s. %s"
                        .formatted(
                                from,
                                e,
                                size(part) > 0
                                        ? "What has arrived is in "
                                                + part
                                                + "; call again to go on."
                                        : "Nothing has arrived; call again to try once more."),
                e);
    }

    private static long size(Path part) {
        try {
            return Files.size(part);
        } catch (IOException e) {
            return 0; // none is there
        }
    }

    /**
     * The part for this call alone, among threads and processes; waits for another that fetches the
     * same. The caller closes it.
     */
    private static FileChannel claim(Path part) throws IOException {
        for (boolean said = false; ; said = true) {
            FileChannel channel =
                    FileChannel.open(
                            part,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE,
                            LinkOption.NOFOLLOW_LINKS);
            Object key = key(part);
            // The file of another call that has ended meanwhile has another name now, or none.
            if (tryLock(channel) && Objects.equals(key, key(part))) {
                return channel;
            }
            channel.close();
            if (!said) {
                Progress.message(
                        part + " is being fetched by another call or process: waiting for it");
            }
            try {
                Thread.sleep(STOP_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
    }

    /** What tells a file from another of its name; null where there is none, or no such key. */
    private static @Nullable Object key(Path part) throws IOException {
        try {
            return Files.readAttributes(part, BasicFileAttributes.class).fileKey();
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** Locks a byte behind any that is written, since some systems keep others from locked ones. */
    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock(Long.MAX_VALUE - 1, 1, false) != null;
        } catch (OverlappingFileLockException e) {
            return false; // by this process
        }
    }

    /** What may wait for a server. */
    private interface Waiting {
        void run() throws IOException;
    }

    /** Reading from a server does not end by an interrupt; waiting for who reads does. */
    private static void interruptibly(Waiting waiting) throws IOException {
        FutureTask<Boolean> task =
                new FutureTask<>(
                        () -> {
                            waiting.run();
                            return true;
                        });
        Thread thread = new Thread(task, "download");
        thread.setDaemon(true);
        thread.start();
        try {
            task.get();
        } catch (InterruptedException e) {
            // It writes nothing more: before each write it looks.
            thread.interrupt();
            try {
                thread.join(STOP_MILLIS);
            } catch (InterruptedException again) {
                e.addSuppressed(again);
            }
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private static boolean isWeb(URI uri) {
        return "http".equalsIgnoreCase(uri.getScheme())
                || "https".equalsIgnoreCase(uri.getScheme());
    }

    /** Through a link another file would be written over. */
    private static void requirePlain(Path part) {
        if (Files.exists(part, LinkOption.NOFOLLOW_LINKS)
                && !Files.isRegularFile(part, LinkOption.NOFOLLOW_LINKS)) {
            throw new ImageDataException(
                    part.toString(),
                    -1,
                    "a plain file with what has arrived, or none",
                    "a link or a folder: remove it and call again");
        }
    }

    /** Through another name of the same file (a hard link) that would be written over too. */
    private static void ownCopy(Path part) throws IOException {
        if (!Files.exists(part)
                || !part.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return;
        }
        if (((Number) Files.getAttribute(part, "unix:nlink")).intValue() > 1) {
            Path copy = part.resolveSibling(part.getFileName() + "." + UUID.randomUUID());
            try {
                Files.copy(part, copy);
                Files.move(
                        copy,
                        part,
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(copy);
            }
        }
    }

    /** How a server's answer leaves the part. */
    private enum Answer {
        WHOLE,
        MORE,
        NO_RANGE
    }

    private static void transfer(URI from, Path part, long mostBytes, int stallMillis)
            throws IOException {
        Answer answer = ask(from, part, mostBytes, stallMillis, true);
        while (answer != Answer.WHOLE) {
            answer = ask(from, part, mostBytes, stallMillis, answer == Answer.MORE);
        }
    }

    private static Answer ask(URI from, Path part, long mostBytes, int stallMillis, boolean resume)
            throws IOException {
        long have = resume ? Files.size(part) : 0;
        HttpURLConnection connection = open(from, have, stallMillis);
        try {
            int status = connection.getResponseCode();
            String range = String.valueOf(connection.getHeaderField("Content-Range")).strip();
            if (status == 416 && range.equals("bytes */" + have)) {
                // Nothing is left to send: the part is whole.
                return Answer.WHOLE;
            }
            boolean resumed =
                    status == HttpURLConnection.HTTP_PARTIAL
                            && range.startsWith("bytes " + have + "-");
            if (have > 0 && status != HttpURLConnection.HTTP_OK && !resumed) {
                // Another range than was asked for, a part that is not of this file, or a server
                // that refuses ranges: once more from the beginning, without asking for a range.
                return Answer.NO_RANGE;
            }
            if (status != HttpURLConnection.HTTP_OK && !(resumed && have > 0)) {
                throw new IOException("the server answered with status " + status);
            }
            long begin = status == HttpURLConnection.HTTP_OK ? 0 : have;
            long length = connection.getContentLengthLong();
            receive(connection, part, begin, length, mostBytes, from);
            long whole = begin == 0 ? -1 : whole(range);
            if (whole <= Files.size(part)) {
                return Answer.WHOLE;
            }
            if (Files.size(part) == have) {
                throw new IOException("the server sends nothing behind byte " + have);
            }
            // A server that sends a range in pieces: what it sent is right, and more follows.
            return Answer.MORE;
        } finally {
            connection.disconnect();
        }
    }

    /** The whole file's bytes by a Content-Range, {@code bytes 0-9/100}; -1 where it says none. */
    private static long whole(String range) {
        String text = range.substring(range.lastIndexOf('/') + 1).strip();
        return text.matches("\\d{1,18}") ? Long.parseLong(text) : -1;
    }

    /** Connects, and follows the server where it sends on. */
    private static HttpURLConnection open(URI from, long have, int stallMillis) throws IOException {
        URI at = from;
        for (int hop = 0; hop < MOST_HOPS; hop++) {
            HttpURLConnection connection = connect(at, stallMillis);
            if (have > 0) {
                connection.setRequestProperty("Range", "bytes=" + have + "-");
            }
            int status = connection.getResponseCode();
            if (!REDIRECTS.contains(status)) {
                return connection;
            }
            String location = connection.getHeaderField("Location");
            connection.disconnect();
            URI next;
            try {
                next = location == null ? null : at.resolve(location);
            } catch (IllegalArgumentException e) {
                next = null;
            }
            if (next == null || !isWeb(next)) {
                throw new IOException(at + " sends on to " + location);
            }
            if ("https".equalsIgnoreCase(at.getScheme())
                    && "http".equalsIgnoreCase(next.getScheme())) {
                throw new IOException(
                        at + " sends on to " + next + ", where nobody vouches for the server");
            }
            at = next;
        }
        throw new IOException(from + " sends on more than " + MOST_HOPS + " times");
    }

    private static HttpURLConnection connect(URI from, int stallMillis) throws IOException {
        URLConnection connection = from.toURL().openConnection();
        connection.setConnectTimeout(CONNECT_MILLIS);
        connection.setReadTimeout(stallMillis);
        connection.setRequestProperty("Accept-Encoding", "identity");
        HttpURLConnection http = (HttpURLConnection) connection;
        // The platform does not follow from http to https, and would follow back.
        http.setInstanceFollowRedirects(false);
        return http;
    }

    private static void receive(
            HttpURLConnection connection,
            Path part,
            long begin,
            long length,
            long mostBytes,
            URI from)
            throws IOException {
        if (Thread.currentThread().isInterrupted()) {
            // Who asked has gone, and the part may be another's by now.
            throw new IOException("interrupted");
        }
        StandardOpenOption mode =
                begin > 0 ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING;
        long total = length < 0 ? -1 : begin + length;
        if (total > mostBytes) {
            throw new IOException(
                    "the server announces %d bytes, where the file has at most %d"
                            .formatted(total, mostBytes));
        }
        try (InputStream in = connection.getInputStream();
                OutputStream out =
                        new BufferedOutputStream(
                                Files.newOutputStream(
                                        part,
                                        StandardOpenOption.CREATE,
                                        StandardOpenOption.WRITE,
                                        LinkOption.NOFOLLOW_LINKS,
                                        mode),
                                BUFFER);
                Bar bar = Progress.bar("fetching " + from, Math.max(1, total))) {
            byte[] buffer = new byte[BUFFER];
            long done = begin;
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new IOException("interrupted");
                }
                if (done + n > mostBytes) {
                    throw new IOException(
                            "the server sends more than the " + mostBytes + " bytes of the file");
                }
                out.write(buffer, 0, n);
                done += n;
                bar.update(total < 0 ? 0 : Math.min(done, total), "%d MB".formatted(done >> 20));
            }
            if (total >= 0 && done != total) {
                throw new IOException(
                        "the server broke off after " + done + " of " + total + " bytes");
            }
        }
    }
}
