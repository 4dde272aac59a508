package org.directpred.image;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The kind of a file of another format, told by its first bytes, and what to do with it. */
final class FileKind {
    private static final String ZIP =
            "a zip archive: unpack it first (unzip), and read it as a folder of images";
    private static final String PICKLE =
            "a pickle of Python: take the binary version of the set, not the Python version";

    /** Bytes that tell every kind. */
    static final int BYTES = 16;

    /** First bytes in hexadecimal digits. */
    private static final Map<String, String> KINDS =
            Map.ofEntries(
                    Map.entry("1f8b", "a file compressed by gzip: unpack it first (gunzip)"),
                    Map.entry("425a68", "a file compressed by bzip2: unpack it first (bunzip2)"),
                    Map.entry("fd377a585a00", "a file compressed by xz: unpack it first (unxz)"),
                    Map.entry("28b52ffd", "a file compressed by zstd: unpack it first (unzstd)"),
                    Map.entry("04224d18", "a file compressed by lz4: unpack it first (unlz4)"),
                    Map.entry("1f9d", "a file compressed by compress: unpack it first (gunzip)"),
                    Map.entry("504b0304", ZIP),
                    Map.entry("504b0506", ZIP),
                    Map.entry("377abcaf271c", "a 7z archive: unpack it first (7z x)"),
                    Map.entry("52617221", "a RAR archive: unpack it first (unrar x)"),
                    Map.entry("89484446", "an HDF5 file, which is not read"),
                    Map.entry("8002", PICKLE),
                    Map.entry("8003", PICKLE),
                    Map.entry("8004", PICKLE),
                    Map.entry("8005", PICKLE));

    private static final Pattern PAGE = Pattern.compile("(?i)\\s*<(!doctype|html|\\?xml|head)");

    private FileKind() {}

    /**
     * The kind and what to do, for a message.
     *
     * @param start the file's first bytes, as many as there are up to {@link #BYTES}
     * @return a clause such as {@code "a gzip file: unpack it first"}, or null where nothing is
     *     known
     */
    static @Nullable String of(byte[] start) {
        String digits = HexFormat.of().formatHex(start);
        for (Map.Entry<String, String> kind : KINDS.entrySet()) {
            if (digits.startsWith(kind.getKey())) {
                return kind.getValue();
            }
        }
        String text = new String(start, StandardCharsets.ISO_8859_1);
        if (text.startsWith("version https://")) {
            return "a pointer of Git LFS, not the file itself: fetch it (git lfs pull)";
        } else if (PAGE.matcher(text).lookingAt()) {
            return "a page of a web server, perhaps its refusal: fetch the file again";
        }
        return null;
    }

    /** A clause to put behind what was found: empty, or what the file is. */
    static String note(byte[] start) {
        String kind = of(start);
        return kind == null ? "" : "; it is " + kind;
    }

    /** As {@link #note(byte[])}, of a mapped file. */
    static String note(MappedFile file) {
        return note(file.read(0, (int) Math.min(BYTES, file.length())));
    }
}
