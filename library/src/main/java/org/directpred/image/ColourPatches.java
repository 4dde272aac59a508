package org.directpred.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * A demonstration set that needs no download: 96 x 96 patches of twelve photographs that the
 * library carries (eight in colour, four grey; their licences lie beside them in {@code
 * colour-patches/LICENCES.md}). A patch is a square of random side and place, resized; its class is
 * the photograph. Training patches come from the left three fifths of each photograph, test patches
 * from the rest, so no pixel is in both.
 *
 * <p>Colour alone tells most photographs apart: the nearest neighbour by colour histogram is right
 * for 87.75 % of the test patches without any learning ({@link #histogramBaseline} measures it
 * anew), and a probe means little without that number beside it.
 */
public final class ColourPatches implements ImageSource {
    /** Rows and columns of a patch. */
    public static final int SIDE = 96;

    /** The photographs. */
    public static final List<String> CLASSES =
            List.of(
                    "astronaut",
                    "brick",
                    "camera",
                    "chelsea",
                    "china",
                    "coffee",
                    "flower",
                    "grass",
                    "gravel",
                    "hubble_deep_field",
                    "retina",
                    "rocket");

    private static final int TRAIN = 4800;
    private static final int TEST = 1200;
    private static final double TRAIN_SHARE = 0.6;
    private static final int SMALLEST = 64;
    private static final long KEY = 0x436F6C6F75725061L;
    private static final int BITS = 2;

    private final boolean train;
    private final int size;

    private ColourPatches(boolean train, int size) {
        this.train = train;
        this.size = size;
    }

    /** 4800 patches, 400 of each photograph's left part. */
    public static ColourPatches train() {
        return new ColourPatches(true, TRAIN);
    }

    /** 1200 patches, 100 of each photograph's right part. */
    public static ColourPatches test() {
        return new ColourPatches(false, TEST);
    }

    private static final class Photographs {
        static final List<Image> ALL = CLASSES.stream().map(Photographs::load).toList();

        private static Image load(String name) {
            String resource = "colour-patches/" + name + ".jpg";
            try (InputStream in = ColourPatches.class.getResourceAsStream(resource)) {
                byte[] bytes = Objects.requireNonNull(in, resource).readAllBytes();
                // The platform's decoder, so that the patches are the same with libturbojpeg and
                // without.
                return ImageDecoder.decode(bytes, resource, false);
            } catch (IOException e) {
                throw new UncheckedIOException(
                        "cannot read the resource " + resource + ": " + e, e);
            }
        }
    }

    @Override
    public String name() {
        return "colour patches, " + (train ? "train" : "test");
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public int channels() {
        return 3;
    }

    @Override
    public int height() {
        return SIDE;
    }

    @Override
    public int width() {
        return SIDE;
    }

    @Override
    public List<String> classes() {
        return CLASSES;
    }

    @Override
    public int label(int index) {
        return Objects.checkIndex(index, size) % CLASSES.size();
    }

    @Override
    public Image read(int index) {
        RandomResizedCrop.Box box = box(index);
        Canvas canvas = Canvas.of(Photographs.ALL.get(label(index)));
        canvas.crop(box.top(), box.left(), box.height(), box.width());
        canvas.resize(SIDE, SIDE, Filter.BILINEAR);
        return canvas.toImage();
    }

    /** The place of a patch in its photograph. */
    RandomResizedCrop.Box box(int index) {
        Image photograph = Photographs.ALL.get(label(index));
        int border = (int) (photograph.width() * TRAIN_SHARE);
        int left = train ? 0 : border;
        int width = train ? border : photograph.width() - border;
        SplitMix64 random = SplitMix64.of(KEY, train ? 0 : 1, index);
        // The same range of sides in both parts, so that the scale gives nothing away.
        int largest = Math.min(photograph.height(), photograph.width() - border);
        int side = SMALLEST + random.nextInt(largest - SMALLEST + 1);
        return new RandomResizedCrop.Box(
                random.nextInt(photograph.height() - side + 1),
                left + random.nextInt(width - side + 1),
                side,
                side);
    }

    /**
     * The test accuracy of the nearest training patch by colour histogram: 4 x 4 x 4 bins, the sum
     * of absolute differences.
     *
     * @return 0 to 1
     */
    public static double histogramBaseline() {
        ColourPatches train = train();
        ColourPatches test = test();
        int[][] known = new int[train.size()][];
        for (int i = 0; i < known.length; i++) {
            known[i] = histogram(train.read(i));
        }
        int right = 0;
        for (int i = 0; i < test.size(); i++) {
            int[] query = histogram(test.read(i));
            int nearest = 0;
            int least = Integer.MAX_VALUE;
            for (int j = 0; j < known.length; j++) {
                int distance = distance(query, known[j]);
                if (distance < least) {
                    least = distance;
                    nearest = j;
                }
            }
            right += train.label(nearest) == test.label(i) ? 1 : 0;
        }
        return (double) right / test.size();
    }

    /** Pixels in each bin, the upper two bits of the three channels making up its number. */
    private static int[] histogram(Image image) {
        int plane = image.height() * image.width();
        byte[] pixels = image.pixels();
        int[] bins = new int[1 << (3 * BITS)];
        for (int i = 0; i < plane; i++) {
            int red = (pixels[i] & 0xff) >> (8 - BITS);
            int green = (pixels[plane + i] & 0xff) >> (8 - BITS);
            int blue = (pixels[2 * plane + i] & 0xff) >> (8 - BITS);
            bins[(((red << BITS) | green) << BITS) | blue]++;
        }
        return bins;
    }

    private static int distance(int[] a, int[] b) {
        int sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += Math.abs(a[i] - b[i]);
        }
        return sum;
    }

    @Override
    public String content(int index) {
        // Where a patch lies is what it is: the photographs belong to the library.
        return (train ? "train: " : "test: ") + place(index);
    }

    @Override
    public String place(int index) {
        RandomResizedCrop.Box box = box(index);
        return String.format(
                Locale.ROOT,
                "%s, %d x %d pixels at row %d, column %d",
                CLASSES.get(label(index)),
                box.height(),
                box.width(),
                box.top(),
                box.left());
    }
}
