package org.directpred.own;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.directpred.evaluate.Features;
import org.directpred.evaluate.Measure;
import org.directpred.evaluate.NearestNeighbours;
import org.directpred.experiment.Ablation;
import org.directpred.experiment.Measurements;
import org.directpred.experiment.Results;
import org.directpred.experiment.Variant;
import org.directpred.figure.Curves;
import org.directpred.figure.Tables;
import org.directpred.image.FashionMnist;
import org.directpred.image.ImageSource;
import org.directpred.network.Architecture;
import org.directpred.predictor.ClosedForm;
import org.directpred.train.Pretraining;
import org.directpred.train.Recipe;

/** Writes one of everything that a program reads; {@link OtherDigitsTest} runs it as a process. */
final class Written {
    private Written() {}

    /** What is trained on. */
    static ImageSource images() {
        return FashionMnist.embeddedTrain();
    }

    static Recipe recipe() {
        return Recipe.fashionMnist()
                .withEncoder(Architecture.small(1, 4))
                .withProjector(8, 4)
                .withPredictor(ClosedForm.by("root", f -> f.power(.5)).withEvery(2))
                .withBatchSize(32)
                .withDiagnosticsEvery(1);
    }

    /** A run in a folder, up to a step. */
    static void train(Path folder, long steps) {
        try (Pretraining run =
                Pretraining.of(recipe().withSteps(8))
                        .onDevice("cpu")
                        .in(folder)
                        .withCheckpointEvery(2)
                        .withKeepBest(Measure.EFFECTIVE_RANK)
                        .on(images())) {
            run.train(steps);
            run.saveBackbone(folder.resolve("backbone.safetensors"));
        }
    }

    static Ablation ablation() {
        return Ablation.named("digits")
                .withVariant(
                        new Variant(
                                "x",
                                Map.of("rate", "0.25"),
                                seed -> Measurements.of(Map.of("value", 1234.5 * seed))))
                .withSeeds(1, 2)
                .withPublished("x", "value", 36.62, 1.85);
    }

    /** Everything but the run, whose rows hold times. */
    static void write(Path folder) throws IOException {
        float[] values = {1.5f, -2, 3e-7f, 4, 1234567, 6};
        Features features = Features.of(values, new int[] {1, 0}, List.of("a", "b"), "p");
        features.save(folder.resolve("f.safetensors"));
        features.saveCsv(folder.resolve("f.csv"));
        features.saveNpy(folder.resolve("f.npy"));
        features.saveLabelsNpy(folder.resolve("l.npy"));
        Results results = ablation().run(folder.resolve("ablation"));
        Tables.csv(results.table("value"), folder.resolve("table.csv"));
        Curves curves = Curves.of("a", "x", "y").add("b", new double[] {.5, 1234}, new double[2]);
        Files.writeString(folder.resolve("figure.json"), curves.figure().asJavascript("somewhere"));
        Tables.csv(
                NearestNeighbours.cosine(1).on(features, features).confusion().table(),
                folder.resolve("confusion.csv"));
    }

    public static void main(String[] arguments) {
        try {
            Path folder = Path.of(arguments[0]);
            System.out.println("%d".formatted(12));
            write(folder);
            train(folder.resolve("run"), 4);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
