package org.directpred.experiment;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.directpred.evaluate.AdamProbe;
import org.directpred.evaluate.LinearProbe;
import org.directpred.image.FashionMnist;
import org.directpred.image.ImageSource;
import org.directpred.network.Architecture;
import org.directpred.train.Recipe;

/**
 * Where a table of the paper is run: on which images, from which recipe, judged how.
 *
 * @param name what tables and results folders call it
 * @param recipe the baseline that the arms change
 * @param images opens the images to pretrain on
 * @param labelled opens the labelled images that the probe is trained on
 * @param test opens the labelled images that it is tested on
 * @param probe the probe
 */
public record Setting(
        String name,
        Recipe recipe,
        Supplier<ImageSource> images,
        Supplier<ImageSource> labelled,
        Supplier<ImageSource> test,
        LinearProbe probe) {

    private static final int LABELLED = 4000;
    private static final int TESTED = 5000;

    /** Checks that nothing is missing. */
    public Setting {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(recipe, "recipe");
        Objects.requireNonNull(images, "images");
        Objects.requireNonNull(labelled, "labelled");
        Objects.requireNonNull(test, "test");
        Objects.requireNonNull(probe, "probe");
    }

    /**
     * The paper's effects in seconds: the small network of width 8 on Fashion-MNIST (the full set
     * where it is installed, else the embedded slice), 800 steps of learning rate 0.02 with decay
     * 0.02, probed with 4000 labels on at most 5000 test images. The narrower network and the
     * faster rate than {@link Recipe#fashionMnist}'s are on purpose: with those, fewer arms
     * separate in 800 steps.
     */
    public static Setting fashionMnist() {
        String name;
        try (ImageSource images = FashionMnist.train()) {
            // Results of the slice and of the full set do not mix in one folder.
            name = "Fashion-MNIST" + (images.size() == 60_000 ? "" : ", embedded slice");
        }
        return new Setting(
                name,
                Recipe.fashionMnist()
                        .withEncoder(Architecture.small(1, 8))
                        .withLearningRate(0.02)
                        .withWeightDecay(0.02),
                FashionMnist::train,
                () -> start(FashionMnist.train(), LABELLED),
                () -> start(FashionMnist.test(), TESTED),
                new AdamProbe(5e-3, 1e-4, 200, 40, 0));
    }

    private static ImageSource start(ImageSource source, int most) {
        return source.first(Math.min(most, source.size()));
    }

    /** This setting with a changed recipe; the results folder knows the difference. */
    public Setting withRecipe(UnaryOperator<Recipe> change) {
        return new Setting(name, change.apply(recipe), images, labelled, test, probe);
    }

    /** This setting with another probe. */
    public Setting withProbe(LinearProbe other) {
        return new Setting(name, recipe, images, labelled, test, other);
    }

    /**
     * An arm of this setting.
     *
     * @param arm its name
     * @param change how its recipe differs from the baseline
     */
    public Arm arm(String arm, UnaryOperator<Recipe> change) {
        Recipe changed = change.apply(recipe);
        Map<String, String> settings = new LinkedHashMap<>(changed.fields());
        // The seed is the point's.
        settings.remove("seed");
        settings.put("setting", name);
        settings.put("probe", probe.toString());
        settings.put("diagnoseEvery", Integer.toString(changed.diagnoseEvery()));
        return new Arm(arm, settings, new PretrainingTask(this, changed));
    }
}
