package org.directpred.image;

import java.util.Arrays;
import java.util.List;

/**
 * The two random views of an image, and the plain one for evaluation.
 *
 * @param name the recipe's name, for a person
 * @param first makes the first view
 * @param second makes the second view
 * @param plain what an image gets when features are extracted: no randomness
 */
public record Views(String name, Augmentation first, Augmentation second, Augmentation plain) {
    private static final int REPEATED_IMAGES = 4;
    private static final int REPETITIONS = 3;
    private static final double[] BYOL_BLUR = {1.0, 0.1};
    private static final double[] BYOL_SOLARISE = {0.0, 0.2};

    /**
     * A recipe with both views alike, and the images as they are for evaluation.
     *
     * @param name the recipe's name, for a person
     * @param both makes either view
     */
    public static Views of(String name, Augmentation both) {
        return new Views(
                name, both, both, Augmentation.of().withNormalisation(both.normalisation()));
    }

    /** A copy with another treatment for evaluation. */
    public Views withPlain(Augmentation other) {
        return new Views(name, first, second, other);
    }

    /**
     * Fashion-MNIST, 28 x 28: random resized crop of 0.2 to 1 of the area, flip, brightness and
     * contrast 0.4 with probability 0.8, mean 0.286 and deviation 0.353.
     */
    public static Views fashionMnist() {
        return of(
                "Fashion-MNIST",
                Augmentation.of(
                                RandomResizedCrop.to(28).withScale(0.2, 1),
                                new HorizontalFlip(0.5),
                                new ColourJitter(0.4, 0.4, 0, 0).withProbability(0.8))
                        .withNormalisation(Normalisation.FASHION_MNIST));
    }

    /**
     * STL-10, 96 x 96, as in the paper's code: random resized crop, flip, colour jitter (0.8, 0.8,
     * 0.8, 0.2) with probability 0.8, grey 0.2, blur of 9 taps and sigma 0.1 to 2, no
     * normalisation. The authors' program cuts the blurred values down to whole ones: {@link
     * #stl10AsCoded}.
     */
    public static Views stl10() {
        return of(
                "STL-10",
                Augmentation.of(
                        RandomResizedCrop.to(96),
                        new HorizontalFlip(0.5),
                        new ColourJitter(0.8, 0.8, 0.8, 0.2).withProbability(0.8),
                        new RandomGreyscale(0.2),
                        new GaussianBlur(9, 0.1, 2)));
    }

    /**
     * {@link #stl10} with the authors' program's truncation: after the blur values are cut down to
     * whole 8-bit ones, half a grey level darker in the mean.
     */
    public static Views stl10AsCoded() {
        return of("STL-10, as coded", stl10().first().then(new Truncate()));
    }

    /**
     * CIFAR-10 and CIFAR-100, 32 x 32, as in the paper's code: random resized crop, flip, colour
     * jitter (0.4, 0.4, 0.4, 0.1) with probability 0.8, grey 0.2, no blur, CIFAR-10's
     * normalisation.
     */
    public static Views cifar() {
        return of(
                "CIFAR",
                Augmentation.of(
                                RandomResizedCrop.to(32),
                                new HorizontalFlip(0.5),
                                new ColourJitter(0.4, 0.4, 0.4, 0.1).withProbability(0.8),
                                new RandomGreyscale(0.2))
                        .withNormalisation(Normalisation.CIFAR));
    }

    /**
     * ImageNet, 224 x 224, as in BYOL (Grill et al. 2020, appendix B): bicubic crop, flip, jitter
     * (0.4, 0.4, 0.2, 0.1) with probability 0.8, grey 0.2, blur of 23 taps with probability 1 in
     * the first view and 0.1 in the second, solarisation with probability 0.2 in the second alone.
     * The operations are torchvision's; {@link #byolImageNetAsCoded} has those of BYOL's program.
     */
    public static Views byolImageNet() {
        return new Views("BYOL on ImageNet", byol(0), byol(1), imageNetPlain(Filter.BICUBIC));
    }

    /**
     * {@link #byolImageNet} with the operations of BYOL's program (deepmind-research): brightness
     * added, contrast about each channel's mean, saturation in HSV ({@link ByolJitter}), a blur
     * that darkens the border ({@link BlackBorderBlur}), solarisation from the middle grey, 127.5.
     * Not reproduced: its bicubic resize has no smoothing against aliasing, here it is Pillow's.
     */
    public static Views byolImageNetAsCoded() {
        return new Views(
                "BYOL on ImageNet, as coded",
                byolAsCoded(0),
                byolAsCoded(1),
                imageNetPlain(Filter.BICUBIC));
    }

    private static Augmentation byolAsCoded(int view) {
        return Augmentation.of(
                        RandomResizedCrop.to(224).withFilter(Filter.BICUBIC),
                        new HorizontalFlip(0.5),
                        new ByolJitter(0.4, 0.4, 0.2, 0.1).withProbability(0.8),
                        new RandomGreyscale(0.2),
                        new BlackBorderBlur(23, 0.1, 2).withProbability(BYOL_BLUR[view]),
                        new Solarise(127.5, BYOL_SOLARISE[view]))
                .withNormalisation(Normalisation.IMAGENET);
    }

    private static Augmentation byol(int view) {
        return Augmentation.of(
                        RandomResizedCrop.to(224).withFilter(Filter.BICUBIC),
                        new HorizontalFlip(0.5),
                        new ColourJitter(0.4, 0.4, 0.2, 0.1).withProbability(0.8),
                        new RandomGreyscale(0.2),
                        new GaussianBlur(23, 0.1, 2).withProbability(BYOL_BLUR[view]),
                        new Solarise(128, BYOL_SOLARISE[view]))
                .withNormalisation(Normalisation.IMAGENET);
    }

    /**
     * ImageNet, 224 x 224, as in SimSiam (Chen and He 2021, appendix A): bilinear crop of 0.2 to 1
     * of the area, jitter (0.4, 0.4, 0.4, 0.1) with probability 0.8, grey 0.2, blur with
     * probability 0.5, flip. The flip comes first here, where it costs nothing; it commutes with
     * all that follows. SimSiam's program blurs by Pillow: {@link #simSiamImageNetAsCoded}.
     */
    public static Views simSiamImageNet() {
        return simSiam("SimSiam on ImageNet", new GaussianBlur(23, 0.1, 2));
    }

    /**
     * {@link #simSiamImageNet} with the blur of SimSiam's program, Pillow's three box blurs in
     * place of the Gaussian ({@link PillowBlur}).
     */
    public static Views simSiamImageNetAsCoded() {
        return simSiam("SimSiam on ImageNet, as coded", new PillowBlur(0.1, 2));
    }

    private static Views simSiam(String name, Operation blur) {
        Augmentation both =
                Augmentation.of(
                                RandomResizedCrop.to(224).withScale(0.2, 1),
                                new HorizontalFlip(0.5),
                                new ColourJitter(0.4, 0.4, 0.4, 0.1).withProbability(0.8),
                                new RandomGreyscale(0.2),
                                blur.withProbability(0.5))
                        .withNormalisation(Normalisation.IMAGENET);
        return of(name, both).withPlain(imageNetPlain(Filter.BILINEAR));
    }

    /** The shorter side to 256, the middle 224 x 224, ImageNet's normalisation. */
    private static Augmentation imageNetPlain(Filter filter) {
        return Augmentation.of(new Resize(256, filter), new CentreCrop(224, 224))
                .withNormalisation(Normalisation.IMAGENET);
    }

    /**
     * The two views of an image, to look at; the loader makes the same for the same key.
     *
     * @param image the image
     * @param seed the run's seed
     * @param epoch the epoch, from 0
     * @param index the image's index in its source
     * @param view 0 for the first, 1 for the second
     */
    public Image view(Image image, long seed, int epoch, int index, int view) {
        return augmentation(view).view(image, generator(seed, epoch, index, view));
    }

    /**
     * Checks that the views suit a source, the plain one too: it is needed when features are
     * extracted, after all training.
     *
     * @throws IllegalArgumentException if a view has no size for images that differ in size, the
     *     two random views differ in size, or a normalisation is for other channels
     */
    public void requireFit(ImageSource source) {
        Operation.Size size = first.size(source);
        if (!second.size(source).equals(size)) {
            throw new IllegalArgumentException(
                    "the views differ in size: " + size + " and " + second.size(source));
        }
        try {
            plain.size(source);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "the images of %s differ in size, and the views '%s' do not say how one is prepared when features are extracted: give the recipe views.withPlain(Augmentation.of(new Resize(%d, Filter.BILINEAR), new CentreCrop(%d, %d)).withNormalisation(...))"
                            .formatted(
                                    source.name(),
                                    name,
                                    Math.min(size.height(), size.width()),
                                    size.height(),
                                    size.width()),
                    e);
        }
        for (Augmentation view : List.of(first, second, plain)) {
            view.normalisation().withChannels(source.channels());
        }
    }

    /**
     * Checks, on a few images, that a view is a function of its image and its generator alone: an
     * operation that remembers something, or draws from elsewhere, makes other views after a stop
     * than it would have made.
     *
     * @param keeper what keeps the views, the beginning of the message
     * @throws IllegalArgumentException naming the operation that gave another result the second
     *     time
     */
    public void requireRepeatable(String keeper, ImageSource source) {
        for (int index = 0; index < Math.min(REPEATED_IMAGES, source.size()); index++) {
            Image image;
            try {
                image = source.read(index);
            } catch (CorruptImageException e) {
                // Whoever trains on it says so, and counts it.
                continue;
            }
            for (int view = 0; view < 2; view++) {
                List<Augmentation.Step> once = steps(image, index, view);
                for (int again = 1; again < REPETITIONS; again++) {
                    requireEqual(keeper, once, steps(image, index, view));
                }
            }
        }
    }

    private List<Augmentation.Step> steps(Image image, int index, int view) {
        return augmentation(view).steps(image, generator(0, 0, index, view));
    }

    private void requireEqual(
            String keeper, List<Augmentation.Step> once, List<Augmentation.Step> again) {
        for (int step = 0; step < once.size(); step++) {
            Image a = once.get(step).image();
            Image b = again.get(step).image();
            if (a.height() != b.height()
                    || a.width() != b.width()
                    || !Arrays.equals(a.pixels(), b.pixels())) {
                throw new IllegalArgumentException(
                        "%s cannot draw the views '%s' again: the operation \"%s\" gave two results for one image and one generator. Let it depend on the canvas and the generator that it is given alone, not on a counter, a field or another source of random numbers"
                                .formatted(keeper, name, once.get(step).name()));
            }
        }
    }

    Augmentation augmentation(int view) {
        return view == 0 ? first : second;
    }

    /** The generator of one view: nothing but these four numbers decides what it looks like. */
    public static SplitMix64 generator(long seed, int epoch, int index, int view) {
        return SplitMix64.of(seed, epoch, index, view);
    }
}
