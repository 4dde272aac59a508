package org.directpred.image;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.directpred.progress.Bar;
import org.directpred.progress.Progress;
import org.jspecify.annotations.Nullable;

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
     * @param md5 the published sum, 32 hexadecimal digits, or null where there is none
     * @param mostBytes the most that all members together may take
     * @throws ImageDataException if the archive cannot be read or is damaged, the sum differs, a
     *     member is not a plain file or folder, would land outside the folder or on what is already
     *     there, or the limit is exceeded
     * @throws UncheckedIOException if writing fails
     */
    public static void unpack(Path archive, Path folder, @Nullable String md5, long mostBytes) {
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
     * @param expected 32 hexadecimal digits
     * @throws ImageDataException if it differs, or the file cannot be read
     */
    public static void checkMd5(Path file, String expected) {
        checkSum(file, expected, null);
    }

    /**
     * Compares a file's sums in one reading.
     *
     * @param md5 32 hexadecimal digits
     * @param sha256 64 hexadecimal digits, or null where none is known
     * @throws ImageDataException if one differs, or the file cannot be read
     */
    static void checkSum(Path file, String md5, @Nullable String sha256) {
        checkSum(file, md5, sha256, "delete it and get it again");
    }

    /** As above, with what to do where a sum differs. */
    static void checkSum(Path file, String md5, @Nullable String sha256, String advice) {
        requireDigits("MD5", md5, 32);
        if (sha256 != null) {
            requireDigits("SHA-256", sha256, 64);
        }
        try (InputStream in = Files.newInputStream(file);
                Bar bar = Progress.bar("checksum of " + file, Math.max(1, Files.size(file)))) {
            MessageDigest first = MessageDigest.getInstance("MD5");
            MessageDigest second = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[BUFFER];
            long done = 0;
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                first.update(buffer, 0, n);
                if (sha256 != null) {
                    second.update(buffer, 0, n);
                }
                done += n;
                bar.update(done, "");
            }
            requireSame(file, "md5", md5, first, advice);
            if (sha256 != null) {
                requireSame(file, "SHA-256", sha256, second, advice);
            }
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has MD5 and SHA-256", e);
        } catch (IOException e) {
            throw ImageDataException.unreadable(file, e);
        }
    }

    /** Refuses what is no sum before anything is fetched or read for it. */
    static void requireDigits(String name, String sum, int digits) {
        if (sum == null || !sum.matches("[0-9a-fA-F]{" + digits + "}")) {
            throw new IllegalArgumentException(
                    "an %s sum has %d hexadecimal digits, and this is %s"
                            .formatted(name, digits, sum == null ? "none" : "'" + sum + "'"));
        }
    }

    private static void requireSame(
            Path file, String name, String expected, MessageDigest digest, String advice) {
        String found = HexFormat.of().formatHex(digest.digest());
        if (!found.equals(expected.toLowerCase(Locale.ROOT))) {
            throw new ImageDataException(
                    file.toString(),
                    -1,
                    "the " + name + " sum " + expected,
                    found + " (damaged or another version; " + advice + ")");
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
                    makeFolder(archive, entry, target);
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
                makeFolder(archive, entry, Objects.requireNonNull(target.getParent(), "folder"));
                copy(archive, tar, entry, target, buffer);
                bar.update(Math.min(length, counted.count), entry.name());
            }
            if (tar.doubt() != null) {
                throw new ImageDataException(
                        archive.toString(),
                        -1,
                        "a whole archive, which ends with two blocks of zeros",
                        tar.doubt());
            }
            // Behind the last of the content the stream has its sum and its length.
            while (in.read(buffer) >= 0) {
                bar.update(Math.min(length, counted.count), "");
            }
        } catch (ZipException | java.io.EOFException e) {
            throw new ImageDataException(
                    archive.toString(),
                    -1,
                    "an intact gzip stream",
                    e.getMessage() + note(archive),
                    e);
        }
    }

    /** A note on the file's kind where it is no gzip stream at all. */
    private static String note(Path archive) throws IOException {
        byte[] start = new byte[FileKind.BYTES];
        int count;
        try (InputStream in = Files.newInputStream(archive)) {
            count = in.readNBytes(start, 0, start.length);
        }
        boolean gzip = count > 1 && (start[0] & 0xff) == 0x1f && (start[1] & 0xff) == 0x8b;
        return gzip ? "" : FileKind.note(Arrays.copyOf(start, count));
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

    private static void makeFolder(Path archive, TarReader.Entry entry, Path folder)
            throws IOException {
        try {
            Files.createDirectories(folder);
        } catch (FileAlreadyExistsException | NoSuchFileException e) {
            throw twice(archive, entry, e);
        } catch (FileSystemException e) {
            if (anyIsFile(folder)) {
                throw twice(archive, entry, e);
            }
            throw e;
        }
    }

    private static boolean anyIsFile(Path folder) {
        for (Path above = folder; above != null; above = above.getParent()) {
            if (Files.isRegularFile(above)) {
                return true;
            }
        }
        return false;
    }

    private static ImageDataException twice(
            Path archive, TarReader.Entry entry, IOException cause) {
        return new ImageDataException(
                archive.toString(),
                entry.offset(),
                "one member of each name (capital and small letters may be one in this folder)",
                "a second one in the way of " + entry.name(),
                cause);
    }

    private static void copy(
            Path archive, TarReader tar, TarReader.Entry entry, Path target, byte[] buffer)
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
        } catch (FileAlreadyExistsException e) {
            throw twice(archive, entry, e);
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
