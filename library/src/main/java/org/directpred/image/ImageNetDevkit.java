package org.directpred.image;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import us.hebi.matlab.mat.format.Mat5;
import us.hebi.matlab.mat.types.Sources;
import us.hebi.matlab.mat.types.Struct;

/**
 * The classes of ImageNet's validation images from the published {@code
 * ILSVRC2012_devkit_t12.tar.gz}: {@code data/ILSVRC2012_validation_ground_truth.txt} has the number
 * of each image's class, {@code data/meta.mat} the WordNet name of each number.
 */
final class ImageNetDevkit {
    static final String MD5 = "fa75699e90414af021442c21a62c3abf";

    private static final String META = "data/meta.mat";
    private static final String TRUTH = "data/ILSVRC2012_validation_ground_truth.txt";

    /** Either member is smaller by an order of magnitude. */
    private static final int LARGEST_MEMBER = 1 << 24;

    private ImageNetDevkit() {}

    /**
     * The WordNet name of each validation image, in the order of the images.
     *
     * @throws ImageDataException if the archive is not the published one
     */
    static List<String> validationClasses(Path archive) {
        if (!Files.isRegularFile(archive)) {
            throw new ImageDataException(archive.toString(), -1, "a file", "none");
        }
        // The MATLAB file is parsed only where its bytes are known.
        Archive.checkMd5(archive, MD5);
        try (InputStream in = Files.newInputStream(archive)) {
            return read(archive.toString(), in);
        } catch (IOException e) {
            throw damaged(archive.toString(), "an archive that can be read", String.valueOf(e), e);
        }
    }

    static List<String> read(String archive, InputStream compressed) throws IOException {
        byte[] meta = null;
        byte[] truth = null;
        TarReader tar =
                TarReader.of(archive, new BufferedInputStream(new GZIPInputStream(compressed)));
        for (TarReader.Entry entry = tar.next(); entry != null; entry = tar.next()) {
            if (entry.name().endsWith(META)) {
                meta = content(archive, tar, entry);
            } else if (entry.name().endsWith(TRUTH)) {
                truth = content(archive, tar, entry);
            }
        }
        if (meta == null || truth == null) {
            throw damaged(
                    archive, META + " and " + TRUTH, "no " + (meta == null ? META : TRUTH), null);
        }
        return classes(archive, names(archive, meta), truth);
    }

    private static byte[] content(String archive, TarReader tar, TarReader.Entry entry)
            throws IOException {
        if (entry.size() > LARGEST_MEMBER) {
            throw damaged(
                    archive,
                    entry.name() + " of at most " + LARGEST_MEMBER + " bytes",
                    entry.size() + " bytes",
                    null);
        }
        byte[] content = new byte[(int) entry.size()];
        tar.content(content, content.length);
        return content;
    }

    /** The WordNet names of the synsets without children, which are the classes, by number. */
    private static Map<Integer, String> names(String archive, byte[] meta) {
        Map<Integer, String> names = new HashMap<>();
        try {
            Struct synsets = Mat5.newReader(Sources.wrap(meta)).readMat().getStruct("synsets");
            for (int i = 0; i < synsets.getNumElements(); i++) {
                if (synsets.getMatrix("num_children", i).getInt(0) == 0) {
                    names.put(
                            synsets.getMatrix("ILSVRC2012_ID", i).getInt(0),
                            synsets.getChar("WNID", i).getString());
                }
            }
            return names;
        } catch (IOException | RuntimeException e) {
            throw damaged(
                    archive,
                    META + " with synsets of ILSVRC2012_ID, WNID and num_children",
                    String.valueOf(e),
                    e);
        }
    }

    private static List<String> classes(String archive, Map<Integer, String> names, byte[] truth) {
        List<String> classes = new ArrayList<>();
        for (String line : new String(truth, StandardCharsets.US_ASCII).lines().toList()) {
            String name = null;
            try {
                name = names.get(Integer.parseInt(line.strip()));
            } catch (NumberFormatException e) {
                // Said below.
            }
            if (name == null) {
                throw damaged(
                        archive,
                        "a class's number in line " + (classes.size() + 1) + " of " + TRUTH,
                        "'" + line + "'",
                        null);
            }
            classes.add(name);
        }
        return classes;
    }

    private static ImageDataException damaged(
            String archive, String expected, String found, @Nullable Throwable cause) {
        return new ImageDataException(archive, -1, expected, found, cause);
    }
}
