package org.directpred.image;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.directpred.progress.Bar;
import org.directpred.progress.Progress;

/**
 * Unpacks {@code .tar.gz} archives of data, and nothing else that such an archive may try: no
 * member lands outside the folder, links and devices are refused, and so is content that grows
 * beyond a limit.
 */
public final class Archive {
    private static final int BUFFER = 1 << 16;
    private static final int MOST_MEMBERS = 5_000_000;

    private Archive() {}

    /**
     * Unpacks an archive. The members appear in the folder when all are unpacked, or none does.
     *
     * @param archive the file
     * @param folder where the members go; made if it is not there
     * @param md5 the published sum in hexadecimal digits, or null where there is none
     * @param mostBytes the most that all members together may take
     * @throws ImageDataException if the archive cannot be read or is damaged, the sum differs, a
     *     member is not a plain file or folder, would land outside the folder or on what is already
     *     there, or the limit is exceeded
     * @throws UncheckedIOException if writing fails
     */
    public static void unpack(Path archive, Path folder, String md5, long mostBytes) {
        if (!Files.isRegularFile(archive)) {
            throw new ImageDataException(archive.toString(), -1, "a file", "none");
        }
        if (md5 != null) {
            checkMd5(archive, md5);
        }
        try {
            Files.createDirectories(folder);
            Path staging = Files.createTempDirectory(folder, ".unpacking-");
            try {
                unpackInto(archive, staging, mostBytes);
                move(archive, staging, folder);
            } finally {
                delete(staging);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot unpack " + archive + " into " + folder + ": " + e, e);
        }
    }

    /**
     * Compares a file's MD5 sum, which tells a damaged or wrong file, not a forged one.
     *
     * @throws ImageDataException if it differs, or the file cannot be read
     */
    public static void checkMd5(Path file, String expected) {
        try (InputStream in = Files.newInputStream(file);
                Bar bar = Progress.bar("md5 of " + file, Math.max(1, Files.size(file)))) {
            MessageDigest digest = MessageDigest.getInstance("MD5");
            DigestInputStream digesting = new DigestInputStream(in, digest);
            byte[] buffer = new byte[BUFFER];
            long done = 0;
            for (int n = digesting.read(buffer); n >= 0; n = digesting.read(buffer)) {
                done += n;
                bar.update(done, "");
            }
            String found = HexFormat.of().formatHex(digest.digest());
            if (!found.equals(expected.toLowerCase(Locale.ROOT))) {
                throw new ImageDataException(
                        file.toString(),
                        -1,
                        "the md5 sum " + expected,
                        found + " (damaged or another version; delete it and get it again)");
            }
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has MD5", e);
        } catch (IOException e) {
            throw ImageDataException.unreadable(file, e);
        }
    }

    private static void unpackInto(Path archive, Path staging, long mostBytes) throws IOException {
        long length = Files.size(archive);
        try (CountingStream counted = new CountingStream(archive);
                InputStream in =
                        new GZIPInputStream(new BufferedInputStream(counted, BUFFER), BUFFER);
                Bar bar = Progress.bar("unpacking " + archive, Math.max(1, length))) {
            TarReader tar = TarReader.of(archive.toString(), in);
            byte[] buffer = new byte[BUFFER];
            long left = mostBytes;
            int members = 0;
            for (TarReader.Entry entry = tar.next(); entry != null; entry = tar.next()) {
                if (++members > MOST_MEMBERS) {
                    throw new ImageDataException(
                            archive.toString(),
                            entry.offset(),
                            "at most " + MOST_MEMBERS + " members",
                            "more");
                }
                Path target = target(archive, staging, entry);
                if (entry.type() == '5') {
                    Files.createDirectories(target);
                    continue;
                }
                left -= entry.size();
                if (left < 0) {
                    throw new ImageDataException(
                            archive.toString(),
                            entry.offset(),
                            "members of at most " + mostBytes + " bytes together",
                            "more with " + entry.name() + " of " + entry.size() + " bytes");
                }
                Files.createDirectories(target.getParent());
                copy(tar, entry, target, buffer);
                bar.update(Math.min(length, counted.count), entry.name());
            }
        } catch (ZipException | java.io.EOFException e) {
            throw new ImageDataException(
                    archive.toString(),
                    -1,
                    "an intact gzip stream",
                    String.valueOf(e.getMessage()),
                    e);
        }
    }

    private static Path target(Path archive, Path staging, TarReader.Entry entry) {
        if (entry.type() != '0' && entry.type() != '5') {
            throw new ImageDataException(
                    archive.toString(),
                    entry.offset(),
                    "plain files and folders only",
                    entry.name() + ", " + entry.kind());
        }
        try {
            Path target = staging.resolve(entry.name()).normalize();
            // Path.startsWith compares whole names; an absolute name replaces the folder in
            // resolve.
            if (target.startsWith(staging)
                    && Stream.of(entry.name().split("[/\\\\]", -1)).noneMatch(".."::equals)
                    && (entry.type() == '5' || !target.equals(staging))) {
                return target;
            }
        } catch (InvalidPathException e) {
            // Refused below like any other name.
        }
        throw new ImageDataException(
                archive.toString(),
                entry.offset(),
                "members that stay inside the folder",
                "the name '" + entry.name() + "'");
    }

    private static void copy(TarReader tar, TarReader.Entry entry, Path target, byte[] buffer)
            throws IOException {
        try (OutputStream out =
                new BufferedOutputStream(
                        Files.newOutputStream(
                                target,
                                java.nio.file.StandardOpenOption.CREATE_NEW,
                                java.nio.file.StandardOpenOption.WRITE),
                        BUFFER)) {
            long left = entry.size();
            while (left > 0) {
                int now = (int) Math.min(left, buffer.length);
                tar.content(buffer, now);
                out.write(buffer, 0, now);
                left -= now;
            }
        }
    }

    private static void move(Path archive, Path staging, Path folder) throws IOException {
        List<Path> members;
        try (Stream<Path> listed = Files.list(staging)) {
            members = listed.toList();
        }
        for (Path member : members) {
            Path target = folder.resolve(member.getFileName());
            if (Files.exists(target)) {
                throw new ImageDataException(
                        target.toString(),
                        -1,
                        "nothing there, where " + archive + " is to be unpacked",
                        "something; move it away first");
            }
        }
        for (Path member : members) {
            Files.move(
                    member, folder.resolve(member.getFileName()), StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private static void delete(Path folder) throws IOException {
        Files.walkFileTree(
                folder,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.delete(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(Path visited, IOException failure)
                            throws IOException {
                        Files.delete(visited);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    /** Counts what has been read of the compressed file, and tells its failures from a target's. */
    private static final class CountingStream extends java.io.FilterInputStream {
        private final Path file;
        private long count;

        CountingStream(Path file) {
            super(open(file));
            this.file = file;
        }

        private static InputStream open(Path file) {
            try {
                return Files.newInputStream(file);
            } catch (IOException e) {
                throw ImageDataException.unreadable(file, e);
            }
        }

        @Override
        public int read() {
            try {
                int value = super.read();
                count += value < 0 ? 0 : 1;
                return value;
            } catch (IOException e) {
                throw ImageDataException.unreadable(file, e);
            }
        }

        @Override
        public int read(byte[] target, int from, int length) {
            try {
                int n = super.read(target, from, length);
                count += Math.max(0, n);
                return n;
            } catch (IOException e) {
                throw ImageDataException.unreadable(file, e);
            }
        }
    }
}
