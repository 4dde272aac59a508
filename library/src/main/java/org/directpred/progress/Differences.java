package org.directpred.progress;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where two sets of settings differ, by path: {@code views.first.operations.2.probability}. Texts
 * of records and lists, as they print themselves, are looked into, so that a message names the word
 * that differs and not all that stands around it.
 */
public final class Differences {
    private static final int MOST = 8;
    private static final int SHORT = 60;
    private static final int CONTEXT = 12;
    private static final String NOTHING = "nothing";

    /**
     * One difference.
     *
     * @param path the names from the outside to the inside, with dots between; places in a list
     *     from 0
     * @param there what the one has, {@code nothing} if it lacks the name
     * @param here what the other has
     */
    public record Difference(String path, String there, String here) {}

    private Differences() {}

    /**
     * All differences, in the order of the names.
     *
     * @param there texts by name, for instance those that a folder holds
     * @param here the same of what is compared with it
     */
    public static List<Difference> of(Map<String, String> there, Map<String, String> here) {
        List<Difference> found = new ArrayList<>();
        for (String name : union(there.keySet(), here.keySet())) {
            String a = there.get(name);
            String b = here.get(name);
            if (a == null || b == null) {
                found.add(new Difference(name, a == null ? NOTHING : a, b == null ? NOTHING : b));
            } else if (!a.equals(b)) {
                int before = found.size();
                compare(name, Nested.of(a), Nested.of(b), found);
                if (found.size() == before) {
                    // They differ in what the parser does not look at.
                    found.add(difference(name, a, b));
                }
            }
        }
        return found;
    }

    /**
     * The differences as a sentence's part: {@code its learningRate is "0.01", and this one's is
     * "0.5"; its seed ...}; the first {@value #MOST} of them.
     */
    public static String text(List<Difference> differences) {
        return text(
                differences,
                d ->
                        "its %s is \"%s\", and this one's is \"%s\""
                                .formatted(d.path(), d.there(), d.here()));
    }

    /** The first {@value #MOST} differences in words of one's own. */
    public static String text(List<Difference> differences, Function<Difference, String> words) {
        List<String> parts = new ArrayList<>();
        differences.stream().limit(MOST).map(words).forEach(parts::add);
        if (differences.size() > MOST) {
            parts.add("and %d more differ".formatted(differences.size() - MOST));
        }
        return String.join("; ", parts);
    }

    private static void compare(String path, Nested a, Nested b, List<Difference> found) {
        if (a.children().isEmpty() || b.children().isEmpty() || !a.name().equals(b.name())) {
            if (!a.text().equals(b.text())) {
                found.add(difference(path, a.text(), b.text()));
            }
            return;
        }
        for (String name : union(a.children().keySet(), b.children().keySet())) {
            Nested one = a.children().get(name);
            Nested other = b.children().get(name);
            String inside = path + "." + name;
            if (one == null || other == null) {
                found.add(
                        new Difference(
                                inside,
                                one == null ? NOTHING : one.text(),
                                other == null ? NOTHING : other.text()));
            } else {
                compare(inside, one, other, found);
            }
        }
    }

    /** Of long texts, the part that differs, with a little around it. */
    private static Difference difference(String path, String a, String b) {
        if (Math.max(a.length(), b.length()) <= SHORT) {
            return new Difference(path, a, b);
        }
        int least = Math.min(a.length(), b.length());
        int start = 0;
        while (start < least && a.charAt(start) == b.charAt(start)) {
            start++;
        }
        int end = 0;
        while (end < least - start
                && a.charAt(a.length() - 1 - end) == b.charAt(b.length() - 1 - end)) {
            end++;
        }
        return new Difference(path, part(a, start, end), part(b, start, end));
    }

    private static String part(String text, int start, int end) {
        int from = Math.max(0, start - CONTEXT);
        int to = Math.min(text.length(), text.length() - end + CONTEXT);
        return (from > 0 ? "..." : "")
                + text.substring(from, to)
                + (to < text.length() ? "..." : "");
    }

    private static Set<String> union(Set<String> a, Set<String> b) {
        Set<String> all = new LinkedHashSet<>(a);
        all.addAll(b);
        return all;
    }

    /**
     * A text as a tree: {@code Name[a=1, b=[x, y]]} has the children a and b, a list has its
     * places; what is neither has none.
     */
    private record Nested(String name, String text, Map<String, Nested> children) {
        static Nested of(String text) {
            int open = text.indexOf('[');
            if (open < 0 || !text.endsWith("]") || !isName(text.substring(0, open))) {
                return new Nested("", text, Map.of());
            }
            Map<String, Nested> children = new LinkedHashMap<>();
            List<String> parts = parts(text.substring(open + 1, text.length() - 1));
            if (parts == null) {
                return new Nested("", text, Map.of());
            }
            for (int i = 0; i < parts.size(); i++) {
                String part = parts.get(i);
                int equals = part.indexOf('=');
                boolean named = open > 0 && equals > 0 && isName(part.substring(0, equals));
                children.put(
                        named ? part.substring(0, equals) : Integer.toString(i),
                        of(named ? part.substring(equals + 1) : part));
            }
            return new Nested(text.substring(0, open), text, children);
        }

        /** What lies between commas outside every bracket; null where the brackets do not match. */
        private static @Nullable List<String> parts(String inside) {
            List<String> parts = new ArrayList<>();
            int depth = 0;
            int from = 0;
            for (int i = 0; i < inside.length(); i++) {
                char c = inside.charAt(i);
                depth += c == '[' ? 1 : c == ']' ? -1 : 0;
                if (depth < 0) {
                    return null;
                }
                if (depth == 0 && inside.startsWith(", ", i)) {
                    parts.add(inside.substring(from, i));
                    from = i + 2;
                }
            }
            if (!inside.isEmpty()) {
                parts.add(inside.substring(from));
            }
            return depth == 0 ? parts : null;
        }

        private static boolean isName(String text) {
            return text.chars().allMatch(Character::isJavaIdentifierPart);
        }
    }
}
