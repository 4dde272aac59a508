package org.directpred.image;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The members of a tar in their order, links to members being read as what they lead to: GNU tar
 * writes a file of several names once, and then a hard link for each other name.
 */
final class TarMembers {
    /** Symbolic links that may lead to one another, as in Linux. */
    private static final int LONGEST_CHAIN = 40;

    private final Map<String, TarReader.Entry> named = new HashMap<>();

    private TarMembers() {}

    /**
     * Reads all headers that are left.
     *
     * @return the members; a link to what is no file in the tar stays a link
     */
    static List<TarReader.Entry> of(TarReader tar) throws IOException {
        TarMembers members = new TarMembers();
        List<TarReader.Entry> all = new ArrayList<>();
        for (TarReader.Entry entry = tar.next(); entry != null; entry = tar.next()) {
            // A hard link is the member that has the name at this place, not a later one.
            TarReader.Entry target =
                    entry.type() == '1' ? members.named.get(normal("", entry.link())) : null;
            TarReader.Entry read = target == null ? entry : as(entry.name(), target);
            members.named.put(normal("", read.name()), read);
            all.add(read);
        }
        all.replaceAll(members::followed);
        return all;
    }

    private static TarReader.Entry as(String name, TarReader.Entry target) {
        return new TarReader.Entry(
                name, target.size(), target.offset(), target.type(), target.link());
    }

    /** The target of a symbolic link, or the entry itself. */
    private TarReader.Entry followed(TarReader.Entry entry) {
        TarReader.Entry at = entry;
        for (int i = 0; i < LONGEST_CHAIN && at != null && at.type() == '2'; i++) {
            int slash = at.name().lastIndexOf('/');
            at = named.get(normal(at.name().substring(0, slash + 1), at.link()));
        }
        return at != null && (at.isFile() || at.type() == 'S') ? as(entry.name(), at) : entry;
    }

    /** A path without {@code .} and {@code ..}; one that leads out of the tar names no member. */
    private static String normal(String folder, String path) {
        String whole = path.startsWith("/") ? path : folder + path;
        Deque<String> parts = new ArrayDeque<>();
        for (String part : whole.split("/", -1)) {
            if (part.equals("..") && !parts.isEmpty() && !parts.getLast().equals("..")) {
                parts.removeLast();
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        return (whole.startsWith("/") ? "/" : "") + String.join("/", parts);
    }
}
