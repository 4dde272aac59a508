package org.directpred.image;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.directpred.progress.Bar;
import org.directpred.progress.Progress;

/**
 * Fetches one file, on an explicit call alone. What has arrived waits in {@code NAME.part}; a later
 * call asks for the rest, and the file gets its name when its MD5 sum is right.
 */
public final class Download {
    private static final int BUFFER = 1 << 16;
    private static final int CONNECT_MILLIS = 30_000;
    private static final int STALL_MILLIS = 60_000;

    private Download() {}

    /**
     * Fetches a file unless it is there with the right sum.
     *
     * @param from where it is, http or https
     * @param target where it goes; its folder is made
     * @param md5 its MD5 sum in hexadecimal digits
     * @throws ImageDataException if what arrived has another sum; it is deleted then
     * @throws UncheckedIOException if the server cannot be reached, refuses, stalls for a minute or
     *     breaks off; what has arrived is kept for the next call
     */
    public static void fetch(URI from, Path target, String md5) {
        fetch(from, target, md5, STALL_MILLIS);
    }

    static void fetch(URI from, Path target, String md5, int stallMillis) {
        if (!"http".equals(from.getScheme()) && !"https".equals(from.getScheme())) {
            throw new IllegalArgumentException("only http and https are fetched, not " + from);
        }
        if (Files.exists(target)) {
            Archive.checkMd5(target, md5);
            return;
        }
        Path part = target.resolveSibling(target.getFileName() + ".part");
        try {
            Files.createDirectories(target.toAbsolutePath().getParent());
            transfer(from, part, stallMillis, true);
            try {
                Archive.checkMd5(part, md5);
            } catch (ImageDataException e) {
                // Kept, a wrong file would be taken for the beginning of the right one.
                if (!(e.getCause() instanceof IOException)) {
                    Files.delete(part);
                }
                throw e;
            }
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "fetching %s stopped: %s. What has arrived is in %s; call again to go on."
                            .formatted(from, e, part),
                    e);
        }
    }

    private static void transfer(URI from, Path part, int stallMillis, boolean mayRestart)
            throws IOException {
        long have = Files.exists(part) ? Files.size(part) : 0;
        HttpURLConnection connection = open(from, stallMillis);
        try {
            if (have > 0) {
                connection.setRequestProperty("Range", "bytes=" + have + "-");
            }
            int status = connection.getResponseCode();
            if (status == 416 && have > 0) {
                // Nothing is left to send: the part is whole, or it is not of this file.
                String range = connection.getHeaderField("Content-Range");
                if (("bytes */" + have).equals(range)) {
                    return;
                }
                if (mayRestart) {
                    Files.delete(part);
                    transfer(from, part, stallMillis, false);
                    return;
                }
            }
            boolean resumed =
                    status == HttpURLConnection.HTTP_PARTIAL
                            && String.valueOf(connection.getHeaderField("Content-Range"))
                                    .startsWith("bytes " + have + "-");
            if (status != HttpURLConnection.HTTP_OK && !resumed) {
                throw new IOException("the server answered with status " + status);
            }
            long begin = resumed ? have : 0;
            long length = connection.getContentLengthLong();
            receive(connection, part, begin, length, from);
        } finally {
            connection.disconnect();
        }
    }

    private static HttpURLConnection open(URI from, int stallMillis) throws IOException {
        URLConnection connection = from.toURL().openConnection();
        connection.setConnectTimeout(CONNECT_MILLIS);
        connection.setReadTimeout(stallMillis);
        connection.setRequestProperty("Accept-Encoding", "identity");
        return (HttpURLConnection) connection;
    }

    private static void receive(
            HttpURLConnection connection, Path part, long begin, long length, URI from)
            throws IOException {
        StandardOpenOption mode =
                begin > 0 ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING;
        long total = length < 0 ? -1 : begin + length;
        try (InputStream in = connection.getInputStream();
                OutputStream out =
                        new BufferedOutputStream(
                                Files.newOutputStream(
                                        part,
                                        StandardOpenOption.CREATE,
                                        StandardOpenOption.WRITE,
                                        mode),
                                BUFFER);
                Bar bar = Progress.bar("fetching " + from, Math.max(1, total))) {
            byte[] buffer = new byte[BUFFER];
            long done = begin;
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
                done += n;
                bar.update(total < 0 ? 0 : Math.min(done, total), "%d MB".formatted(done >> 20));
                if (Thread.currentThread().isInterrupted()) {
                    throw new IOException("interrupted");
                }
            }
            if (total >= 0 && done != total) {
                throw new IOException(
                        "the server broke off after " + done + " of " + total + " bytes");
            }
        }
    }
}
