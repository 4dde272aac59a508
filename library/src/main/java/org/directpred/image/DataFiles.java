package org.directpred.image;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The rules by which files of a folder or an archive are data or are left out. Names alone tell, so
 * that a set is the same on every system: hidden files and what operating systems, file managers
 * and notebooks leave behind is none.
 */
final class DataFiles {
    /** In lower case; the file systems of Windows and macOS do not tell letters apart. */
    private static final Set<String> OF_SYSTEMS =
            Set.of(
                    "__macosx",
                    "thumbs.db",
                    "ehthumbs.db",
                    "ehthumbs_vista.db",
                    "desktop.ini",
                    "$recycle.bin",
                    "recycler",
                    "_gsdata_",
                    "system volume information",
                    "lost+found",
                    "@eadir",
                    "@tmp",
                    "@recycle",
                    "@recently-snapshot",
                    "#recycle",
                    "#snapshot",
                    "network trash folder",
                    "temporary items",
                    "icon\r",
                    "__pycache__",
                    "node_modules");

    /** As written: in small letters each may be a class. */
    private static final Set<String> AS_WRITTEN = Set.of("Recycled", "RECYCLED", "CVS");

    /** Names of Windows' disk check, and of files that office programs leave beside an open one. */
    private static final Pattern OF_WINDOWS = Pattern.compile("(?i)found\\.\\d{3}|~\\$.*");

    private static final Pattern SEPARATOR = Pattern.compile("[/\\\\]");

    private DataFiles() {}

    /**
     * Whether a file or folder is hidden or made by a system, or lies in such a folder.
     *
     * @param name its path below the data set, with {@code /} or {@code \}
     */
    static boolean isHidden(String name) {
        for (String part : SEPARATOR.split(name, -1)) {
            boolean dots = part.equals(".") || part.equals("..");
            if ((part.startsWith(".") && !dots)
                    || OF_SYSTEMS.contains(part.toLowerCase(Locale.ROOT))
                    || AS_WRITTEN.contains(part)
                    || OF_WINDOWS.matcher(part).matches()) {
                return true;
            }
        }
        return false;
    }

    /** Whether a name ends as an image's does. */
    static boolean isImage(String name) {
        return ImageDecoder.EXTENSIONS.contains(extension(name));
    }

    /**
     * The part behind the last dot of the last name, in lower case; empty where there is no dot.
     */
    static String extension(String name) {
        String last = name.substring(name.lastIndexOf('/') + 1);
        int dot = last.lastIndexOf('.');
        return dot <= 0 ? "" : last.substring(dot + 1).toLowerCase(Locale.ROOT);
    }

    /** Counts what is left out, to say it once. */
    static final class LeftOut {
        private final Map<String, Integer> counts = new TreeMap<>();

        /** One more file that is not read, by its extension. */
        void add(String name) {
            String extension = extension(name);
            count(extension.isEmpty() ? "without an extension" : "." + extension);
        }

        /** One more of another kind. */
        void count(String kind) {
            counts.merge(kind, 1, Integer::sum);
        }

        boolean isEmpty() {
            return counts.isEmpty();
        }

        /** The counts: {@code 3 .heic, 1 .txt}. */
        @Override
        public String toString() {
            return counts.entrySet().stream()
                    .map(each -> each.getValue() + " " + each.getKey())
                    .collect(Collectors.joining(", "));
        }
    }
}
