package org.directpred.image;

import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.directpred.progress.Progress;

/**
 * Decodes JPEG, PNG, GIF, BMP, TIFF and WebP files, told apart by their first bytes and not by
 * their names, into colour images. The reference is Pillow 12.1.0 (libjpeg-turbo 3.1.3): {@code
 * ImageOps.exif_transpose(Image.open(file)).convert("RGB")}. JPEG goes through libturbojpeg where
 * it is installed, else through the Java platform's decoder, which is said once; the pixels are the
 * same.
 *
 * <table>
 * <caption>How what decoders do differently is decided</caption>
 * <tr><th>what</th><th>decision</th></tr>
 * <tr><td>ICC profiles, gamma</td><td>not applied, as in Pillow and torchvision</td></tr>
 * <tr><td>chroma of half the size</td><td>libjpeg-turbo's smooth upsampling across, down and
 * both; other ratios are repeated</td></tr>
 * <tr><td>colour space of JPEG</td><td>libjpeg's rule: JFIF, then Adobe's transform, then the
 * components' numbers</td></tr>
 * <tr><td>CMYK and YCCK in JPEG</td><td>stored inverted, with Adobe's marker or without; Pillow's
 * conversion without profiles</td></tr>
 * <tr><td>12 bits, arithmetic coding, lossless and hierarchical JPEG, missing scans</td><td>refused,
 * whichever decoder is installed, for one of them cannot read them</td></tr>
 * <tr><td>orientation</td><td>EXIF's tag, of any type of number; of two blocks the first; in PNG
 * the chunk eXIf, then ImageMagick's raw profile; else XMP's</td></tr>
 * <tr><td>alpha, transparent colours</td><td>dropped: the stored colour counts</td></tr>
 * <tr><td>16 bits</td><td>the upper 8; Pillow does so for colour, but makes grey above 255
 * white</td></tr>
 * <tr><td>WebP with loss</td><td>libwebp's smooth upsampling and colours; TwelveMonkeys smooths the
 * borders of blocks otherwise, which at quality 80 is 1 to 4 levels of 255 on average, and up to 50 at edges of colours</td></tr>
 * <tr><td>animations, several pages</td><td>the first, which is said once</td></tr>
 * <tr><td>large pictures</td><td>refused where Pillow refuses them, or where the heap has no room:
 * one that is scaled down would depend on the heap</td></tr>
 * </table>
 */
public final class ImageDecoder {
    /** No coder of JPEG packs a pixel's three bytes tighter; a header that claims so lies. */
    private static final long LARGEST_EXPANSION = 3L * 1032;

    /** How the names of such files end, in lower case. */
    static final Set<String> EXTENSIONS =
            Set.of("jpg", "jpeg", "jpe", "jfif", "png", "bmp", "gif", "tif", "tiff", "webp");

    private static final AtomicBoolean SAID = new AtomicBoolean();
    private static final AtomicBoolean FIRST_FRAME_SAID = new AtomicBoolean();
    private static final ThreadLocal<TurboJpeg> TURBO = ThreadLocal.withInitial(TurboJpeg::create);

    private ImageDecoder() {}

    /**
     * Decodes a file's content.
     *
     * @param bytes the whole file
     * @param place the file, for messages
     * @return the image, 3 channels
     * @throws CorruptImageException if it is of no such format, is damaged, or too large
     */
    public static Image decode(byte[] bytes, String place) {
        boolean turbo = TurboJpeg.isAvailable();
        if (SAID.compareAndSet(false, true)) {
            Progress.message(
                    turbo
                            ? "JPEG images: libturbojpeg."
                            : "JPEG images: the Java platform's decoder; libturbojpeg, three times as"
                                    + " fast, is not installed (Debian: apt install libturbojpeg0).");
        }
        return decode(bytes, place, turbo);
    }

    /** Whether JPEGs are decoded by libturbojpeg, three times as fast as by the platform. */
    public static boolean hasTurboJpeg() {
        return TurboJpeg.isAvailable();
    }

    static Image decode(byte[] bytes, String place, boolean turbo) {
        try {
            if (startsWith(bytes, 0, 0xff, 0xd8, 0xff)) {
                return jpeg(bytes, place, turbo);
            }
            if (startsWith(bytes, 0, PngFile.MAGIC)) {
                return PngFile.decode(bytes, place);
            }
            if (startsWith(bytes, 0, 'G', 'I', 'F', '8')) {
                return GifFile.decode(bytes, place);
            }
            if (startsWith(bytes, 0, 'R', 'I', 'F', 'F')
                    && startsWith(bytes, 8, 'W', 'E', 'B', 'P')) {
                return WebpFile.decode(bytes, place);
            }
            if (startsWith(bytes, 0, 'B', 'M')) {
                return BmpFile.decode(bytes, place);
            }
            if (startsWith(bytes, 0, 'I', 'I', 42, 0) || startsWith(bytes, 0, 'M', 'M', 0, 42)) {
                return TiffFile.decode(bytes, place);
            }
        } catch (OutOfMemoryError e) {
            // The picture's own arrays are gone; what the run holds is not touched.
            throw new CorruptImageException(
                    place,
                    -1,
                    "a picture that the heap has room for (-Xmx gives more)",
                    "none left",
                    e);
        }
        StringBuilder found = new StringBuilder();
        for (int i = 0; i < Math.min(8, bytes.length); i++) {
            found.append(i == 0 ? "" : " ").append("%02x".formatted(bytes[i] & 0xff));
        }
        throw new CorruptImageException(
                place,
                0,
                "a JPEG, PNG, GIF, BMP, TIFF or WebP image",
                bytes.length == 0 ? "an empty file" : "the bytes " + found,
                null);
    }

    /** Reports once that of several frames or pages the first is taken. */
    static void sayFirstFrame(String place) {
        if (FIRST_FRAME_SAID.compareAndSet(false, true)) {
            Progress.message(
                    place
                            + " has several frames or pages: the first is taken, here and in all"
                            + " files like it.");
        }
    }

    private static boolean startsWith(byte[] bytes, int at, int... start) {
        if (bytes.length < at + start.length) {
            return false;
        }
        for (int i = 0; i < start.length; i++) {
            if ((bytes[at + i] & 0xff) != start[i]) {
                return false;
            }
        }
        return true;
    }

    private static Image jpeg(byte[] bytes, String place, boolean turbo) {
        JpegHeader header = JpegHeader.parse(bytes, place);
        int height = header.height();
        int width = header.width();
        // Four components lie beside their three colours for a moment.
        int perPixel = header.components().size() == 4 ? 7 : 6;
        PictureLimits.checkSize(place, height, width, perPixel);
        if (3L * height * width > bytes.length * LARGEST_EXPANSION) {
            throw new CorruptImageException(
                    place,
                    -1,
                    "no more pixels than a file of %d bytes can hold".formatted(bytes.length),
                    width + " x " + height,
                    null);
        }
        return PictureLimits.within(
                (double) perPixel * height * width,
                () ->
                        Orientation.of(header.orientation())
                                .apply(
                                        height,
                                        width,
                                        turbo
                                                ? TURBO.get().decode(bytes, header, place)
                                                : PlatformJpeg.decode(bytes, header, place)));
    }
}
