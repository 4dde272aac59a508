package org.directpred.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.directpred.progress.Differences;
import org.directpred.tensor.Library;

/**
 * The description of a results folder: the ablation's name, the library's version and the settings
 * of each variant.
 *
 * @param library the version
 * @param name the ablation's
 * @param variants the settings of each variant, by its name
 * @param data the digests of each variant's data, by what it serves; none of a variant that has
 *     none, nor in a folder of a version that kept none
 * @param sources what the data of each digest is
 */
record Manifest(
        String library,
        String name,
        Map<String, Map<String, String>> variants,
        Map<String, Map<String, String>> data,
        Map<String, String> sources) {
    private static final int FORMAT = 1;

    Manifest {
        variants = Collections.unmodifiableMap(new LinkedHashMap<>(variants));
        data = Collections.unmodifiableMap(new LinkedHashMap<>(data));
        sources = Collections.unmodifiableMap(new LinkedHashMap<>(sources));
    }

    /** Of an ablation, with no data yet. */
    static Manifest of(Ablation ablation) {
        Map<String, Map<String, String>> variants = new LinkedHashMap<>();
        ablation.variants().forEach(variant -> variants.put(variant.name(), variant.settings()));
        return new Manifest(Library.version(), ablation.name(), variants, Map.of(), Map.of());
    }

    /** This one with the variants of the folder that it leaves out. */
    Manifest withVariantsOf(Manifest before) {
        Map<String, Map<String, String>> all = new LinkedHashMap<>(before.variants);
        all.putAll(variants);
        return new Manifest(library, name, all, before.data, before.sources);
    }

    /** This one with data. */
    Manifest withData(Map<String, Map<String, String>> digests, Map<String, String> identities) {
        return new Manifest(library, name, variants, digests, identities);
    }

    /** As the file has it. */
    String write() throws JsonProcessingException {
        ObjectNode node = Json.MAPPER.createObjectNode();
        node.put("format", FORMAT);
        node.put("library", library);
        node.put("name", name);
        putAll(node.putObject("arms"), variants);
        putAll(node.putObject("data"), data);
        sources.forEach(node.putObject("sources")::put);
        return Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(node) + "\n";
    }

    /**
     * From a file's bytes.
     *
     * @throws Json.Damaged if it is not what {@link #write} writes; says where
     */
    static Manifest read(byte[] bytes) throws Json.Damaged {
        JsonNode node = Json.object(bytes);
        long format = Json.whole(node, "format");
        if (format != FORMAT) {
            throw new Json.Damaged("its format is %d, and must be %d".formatted(format, FORMAT));
        }
        Map<String, Map<String, String>> variants = textsOfAll(node, "arms");
        // Folders of earlier versions know nothing of their data.
        return new Manifest(
                Json.text(node, "library"),
                Json.text(node, "name"),
                variants,
                node.has("data") ? textsOfAll(node, "data") : Map.of(),
                node.has("sources") ? texts(node, "sources") : Map.of());
    }

    private static void putAll(ObjectNode node, Map<String, Map<String, String>> maps) {
        maps.forEach((name, texts) -> texts.forEach(node.putObject(name)::put));
    }

    private static Map<String, Map<String, String>> textsOfAll(JsonNode node, String name)
            throws Json.Damaged {
        Map<String, Map<String, String>> maps = new LinkedHashMap<>();
        JsonNode all = Json.object(node, name);
        for (Map.Entry<String, JsonNode> one : all.properties()) {
            maps.put(one.getKey(), texts(all, one.getKey()));
        }
        return maps;
    }

    private static Map<String, String> texts(JsonNode node, String name) throws Json.Damaged {
        Map<String, String> texts = new LinkedHashMap<>();
        JsonNode all = Json.object(node, name);
        for (Map.Entry<String, JsonNode> one : all.properties()) {
            texts.put(one.getKey(), Json.text(all, one.getKey()));
        }
        return texts;
    }

    /**
     * Refuses a folder of something else.
     *
     * @param wanted what is to run
     * @param folder what this is of
     */
    void require(Manifest wanted, Path folder) {
        requireEqual(folder, "library version", wanted.library, library);
        requireEqual(folder, "ablation", wanted.name, name);
        wanted.variants.forEach(
                (variant, settings) -> {
                    Map<String, String> before = variants.get(variant);
                    if (before == null) {
                        return;
                    }
                    List<Differences.Difference> differences = Differences.of(before, settings);
                    if (!differences.isEmpty()) {
                        throw another(
                                folder,
                                Differences.text(
                                        differences,
                                        d ->
                                                "its '%s' of variant '%s' is %s, this one's %s"
                                                        .formatted(
                                                                d.path(), variant, d.there(),
                                                                d.here())));
                    }
                });
    }

    private static void requireEqual(Path folder, String what, String wanted, String found) {
        if (!wanted.equals(found)) {
            throw another(folder, "its %s is %s, this one's %s".formatted(what, found, wanted));
        }
    }

    private static IllegalArgumentException another(Path folder, String difference) {
        return new IllegalArgumentException(
                "%s holds results of another run: %s. Name another folder, or delete that one."
                        .formatted(folder, difference));
    }
}
