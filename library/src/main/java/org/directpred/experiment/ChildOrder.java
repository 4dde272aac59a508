package org.directpred.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The order to a child process, as the one line that its parent writes to its input. Arguments
 * would not do: they have a longest length, cannot hold every letter, and arrive in the locale's
 * character set.
 *
 * @param folder of the results
 * @param source makes the ablation
 * @param point which to run
 */
record ChildOrder(Path folder, AblationSource.Reference source, Point point) {
    /** The line, without its end. */
    String write() throws JsonProcessingException {
        ObjectNode node = Json.MAPPER.createObjectNode();
        node.put("folder", folder.toString());
        node.put("source", source.className());
        node.put("arm", point.variant());
        node.put("seed", point.seed());
        source.words().forEach(node.putArray("words")::add);
        return Json.MAPPER.writeValueAsString(node);
    }

    /**
     * From a line.
     *
     * @throws Json.Damaged if it is no order; says what is wrong with it
     */
    static ChildOrder read(byte[] line) throws Json.Damaged {
        JsonNode node = Json.object(line);
        List<String> words = new ArrayList<>();
        for (JsonNode word : Json.array(node, "words")) {
            if (!word.isTextual()) {
                throw new Json.Damaged("'words' must be texts, and one of them is " + word);
            }
            words.add(word.textValue());
        }
        Path folder;
        try {
            folder = Path.of(Json.text(node, "folder"));
        } catch (InvalidPathException e) {
            throw new Json.Damaged("'folder' is no path: " + e.getMessage());
        }
        return new ChildOrder(
                folder,
                new AblationSource.Reference(Json.text(node, "source"), words),
                new Point(Json.text(node, "arm"), Json.whole(node, "seed")));
    }
}
