package tech.tablesaw.plotly;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import org.directpred.kernel.display.FigurePage;
import org.directpred.progress.Progress;
import tech.tablesaw.plotly.components.Figure;

/**
 * Shows figures under the cell: what Tablesaw's examples call {@code Plot.show}, in a notebook.
 *
 * <p>Tablesaw's own class of this name, which stands behind this one on the kernel's class path,
 * writes a page into a folder {@code testoutput} and looks for a browser on the machine of the
 * kernel, which has none.
 */
public class Plot {
    private static final String DIV = "target";

    /** For code that names the class; every method is static. */
    public Plot() {}

    /** Shows a figure under the cell, as its name alone in the cell's last line does. */
    public static void show(Figure figure) {
        Progress.show(figure);
    }

    /**
     * Shows a figure under the cell.
     *
     * @param figure what to show
     * @param divName not looked at: the notebook has its own places
     */
    public static void show(Figure figure, String divName) {
        show(figure);
    }

    /** Shows a figure under the cell and writes it into a file, as a page for a browser. */
    public static void show(Figure figure, File outputFile) {
        show(figure, DIV, outputFile);
    }

    /**
     * Shows a figure under the cell and writes it into a file, as a page for a browser.
     *
     * @param figure what to show
     * @param divName the name of the page's element that holds it
     * @param outputFile replaced if it exists
     */
    public static void show(Figure figure, String divName, File outputFile) {
        show(FigurePage.of(figure, divName), outputFile);
        show(figure);
    }

    /** Writes a page into a file, and says where it is to be opened from. */
    public static void show(String html, File outputFile) {
        try {
            Files.writeString(outputFile.toPath(), html);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the page " + outputFile, e);
        }
        Progress.message(
                "page written to " + outputFile.getAbsolutePath() + "; open it in a browser");
    }
}
