package org.directpred.paper;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.directpred.evaluate.AdamProbe;
import org.directpred.evaluate.LinearProbe;
import org.directpred.experiment.Variant;
import org.directpred.image.Augmentation;
import org.directpred.image.Cifar;
import org.directpred.image.ColourPatches;
import org.directpred.image.DataFolder;
import org.directpred.image.FashionMnist;
import org.directpred.image.Filter;
import org.directpred.image.ImageSource;
import org.directpred.image.Resize;
import org.directpred.image.Stl10;
import org.directpred.image.Views;
import org.directpred.network.Architecture;
import org.directpred.train.Recipe;

/**
 * The setting of a table: images, baseline recipe and probe.
 *
 * @param name what tables and results folders call it
 * @param recipe the baseline that the variants change
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

    private static final LinearProbe PROBE = new AdamProbe(5e-3, 1e-4, 200, 40, 0);
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
     * faster rate than {@link Recipe#fashionMnist}'s are on purpose: with those, fewer variants
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
                PROBE);
    }

    /**
     * Colour on a CPU: as {@link #fashionMnist} on the {@link ColourPatches} that the library
     * carries, seen through CIFAR-10's views of 32 x 32 and probed on all patches reduced to that
     * size. Colour alone tells most patches apart ({@link ColourPatches#histogramBaseline}), so
     * look at rank and spread before accuracy.
     */
    public static Setting colourPatches() {
        Views cifar = Views.cifar();
        return new Setting(
                "colour patches",
                Recipe.fashionMnist()
                        .withName("colour patches")
                        .withEncoder(Architecture.small(3, 8))
                        .withLearningRate(0.02)
                        .withViews(
                                cifar.withPlain(
                                        Augmentation.of(new Resize(32, Filter.BILINEAR))
                                                .withNormalisation(cifar.plain().normalisation()))),
                ColourPatches::train,
                ColourPatches::train,
                ColourPatches::test,
                PROBE);
    }

    /**
     * The paper's STL-10 (its section 3 and program), given the data folder: {@link Recipe#stl10}
     * on the 105,000 images of train and unlabeled (821 steps an epoch, the smaller last batch
     * kept), probed by {@link LinearProbe#official} on the 5000 training and 8000 test images. The
     * paper takes five seeds.
     *
     * @throws org.directpred.image.ImageDataException if the set is not there; says where it looked
     *     and how to get it
     */
    public static Setting stl10() {
        return stl10(
                DataFolder.require(
                        Stl10.FOLDER,
                        "Stl10.download(folder) fetches and unpacks it (2.6 GB), or unpack"
                                + " stl10_binary.tar.gz there."));
    }

    /** {@link #stl10()} in that folder, which holds {@code unlabeled_X.bin} and the others. */
    public static Setting stl10(Path folder) {
        Stl10.test(folder).close();
        return new Setting(
                "STL-10",
                Recipe.stl10(),
                () -> Stl10.trainAndUnlabeled(folder),
                () -> Stl10.train(folder),
                () -> Stl10.test(folder),
                LinearProbe.official());
    }

    /**
     * The paper's CIFAR-10, given the data folder: {@link Recipe#cifar10} on the 50,000 training
     * images (391 steps an epoch, the smaller last batch kept), probed by {@link
     * LinearProbe#official} on these and the 10,000 test images.
     *
     * @throws org.directpred.image.ImageDataException if the set is not there; says where it looked
     *     and how to get it
     */
    public static Setting cifar10() {
        return cifar10(
                DataFolder.require(
                        Cifar.FOLDER_10,
                        "Cifar.download10(folder) fetches and unpacks it (170 MB), or unpack"
                                + " cifar-10-binary.tar.gz there."));
    }

    /** {@link #cifar10()} in that folder, which holds {@code test_batch.bin} and the others. */
    public static Setting cifar10(Path folder) {
        Cifar.test10(folder).close();
        return new Setting(
                "CIFAR-10",
                Recipe.cifar10(),
                () -> Cifar.train10(folder),
                () -> Cifar.train10(folder),
                () -> Cifar.test10(folder),
                LinearProbe.official());
    }

    /**
     * {@link #stl10()} with what the authors' program does in silence: {@link Recipe#stl10AsCoded}.
     */
    public static Setting stl10AsCoded() {
        return stl10().asCoded(Recipe.stl10AsCoded());
    }

    /** {@link #stl10AsCoded()} in that folder. */
    public static Setting stl10AsCoded(Path folder) {
        return stl10(folder).asCoded(Recipe.stl10AsCoded());
    }

    /**
     * {@link #cifar10()} with what the authors' program does in silence: {@link
     * Recipe#cifar10AsCoded}.
     */
    public static Setting cifar10AsCoded() {
        return cifar10().asCoded(Recipe.cifar10AsCoded());
    }

    /** {@link #cifar10AsCoded()} in that folder. */
    public static Setting cifar10AsCoded(Path folder) {
        return cifar10(folder).asCoded(Recipe.cifar10AsCoded());
    }

    private Setting asCoded(Recipe coded) {
        return new Setting(coded.name(), coded, images, labelled, test, probe);
    }

    private static ImageSource start(ImageSource source, int most) {
        return source.first(Math.min(most, source.size()));
    }

    /** This setting with a changed recipe; the results folder knows the difference. */
    public Setting withRecipe(UnaryOperator<Recipe> change) {
        return new Setting(name, change.apply(recipe), images, labelled, test, probe);
    }

    /**
     * This setting on other images of the same kind, for instance fewer.
     *
     * @param others what tables call them
     */
    public Setting withImages(
            String others,
            Supplier<ImageSource> pretraining,
            Supplier<ImageSource> labelledImages,
            Supplier<ImageSource> testImages) {
        return new Setting(others, recipe, pretraining, labelledImages, testImages, probe);
    }

    /** This setting with another probe. */
    public Setting withProbe(LinearProbe other) {
        return new Setting(name, recipe, images, labelled, test, other);
    }

    /**
     * A variant of this setting.
     *
     * @param variant its name
     * @param change how its recipe differs from the baseline
     */
    public Variant variant(String variant, UnaryOperator<Recipe> change) {
        Recipe changed = change.apply(recipe);
        Map<String, String> settings = new LinkedHashMap<>(changed.fields());
        // The seed is the point's.
        settings.remove("seed");
        settings.put("setting", name);
        settings.put("probe", probe.toString());
        settings.put("diagnoseEvery", Integer.toString(changed.run().diagnosticsEvery()));
        return new Variant(variant, settings, new PretrainingTask(this, changed));
    }
}
