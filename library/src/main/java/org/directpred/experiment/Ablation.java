package org.directpred.experiment;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A table of experiments as a value: variants, seeds, published numbers to compare with, and the
 * findings that it is to show. Immutable: each {@code with} returns a changed copy.
 *
 * <pre>{@code
 * Results results = Ablation.named("widths")
 *         .withVariant(new Variant("narrow", Map.of("width", "8"), seed -> train(8, seed)))
 *         .withVariant(new Variant("wide", Map.of("width", "16"), seed -> train(16, seed)))
 *         .withSeeds(0, 1, 2)
 *         .run(Path.of("runs/widths"));
 * results.table();
 * results.findings();
 * }</pre>
 *
 * <p>A run goes point by point, skips what its folder already has, and may be stopped or killed at
 * any time: calling it again goes on, with a pretraining from its latest checkpoint. Messages of a
 * point, its alarms among them, begin with the variant's name and the seed.
 */
public final class Ablation {
    private final String name;
    private final List<Variant> variants;
    private final List<Long> seeds;
    private final List<PublishedNumber> published;
    private final List<Finding> findings;

    private Ablation(
            String name,
            List<Variant> variants,
            List<Long> seeds,
            List<PublishedNumber> published,
            List<Finding> findings) {
        this.name = Objects.requireNonNull(name, "name");
        this.variants = List.copyOf(variants);
        this.seeds = List.copyOf(seeds);
        this.published = List.copyOf(published);
        this.findings = List.copyOf(findings);
    }

    /** An ablation without variants yet, of seed 0. */
    public static Ablation named(String name) {
        return new Ablation(name, List.of(), List.of(0L), List.of(), List.of());
    }

    /**
     * This ablation with one more variant.
     *
     * @throws IllegalArgumentException if there is a variant of that name already
     */
    public Ablation withVariant(Variant variant) {
        if (variants.stream().anyMatch(a -> a.name().equals(variant.name()))) {
            throw new IllegalArgumentException(
                    name + " has a variant '" + variant.name() + "' already");
        }
        return new Ablation(name, plus(variants, variant), seeds, published, findings);
    }

    /** This ablation with other seeds; each variant runs once with each. */
    public Ablation withSeeds(long... others) {
        Set<Long> distinct = new HashSet<>();
        for (long seed : others) {
            if (!distinct.add(seed)) {
                throw new IllegalArgumentException("seed " + seed + " is given twice");
            }
        }
        if (distinct.isEmpty()) {
            throw new IllegalArgumentException(name + " needs a seed");
        }
        return new Ablation(
                name, variants, Arrays.stream(others).boxed().toList(), published, findings);
    }

    /**
     * This ablation with a published number.
     *
     * @param deviation NaN where none was published
     */
    public Ablation withPublished(String variant, String measure, double mean, double deviation) {
        return withPublished(new PublishedNumber(variant, measure, mean, deviation, ""));
    }

    /** This ablation with a published number. */
    public Ablation withPublished(PublishedNumber number) {
        requireVariant(number.variant());
        return new Ablation(name, variants, seeds, plus(published, number), findings);
    }

    /** This ablation with a finding that it is to show. */
    public Ablation withFinding(Finding finding) {
        return new Ablation(name, variants, seeds, published, plus(findings, finding));
    }

    /**
     * This ablation with some of its variants only, and the published numbers of those; findings
     * stay.
     */
    public Ablation withVariantsOnly(String... names) {
        Set<String> kept = new HashSet<>(Arrays.asList(names));
        kept.forEach(this::requireVariant);
        return new Ablation(
                name,
                variants.stream().filter(variant -> kept.contains(variant.name())).toList(),
                seeds,
                published.stream().filter(number -> kept.contains(number.variant())).toList(),
                findings);
    }

    private static <T> List<T> plus(List<T> list, T element) {
        List<T> longer = new ArrayList<>(list);
        longer.add(element);
        return longer;
    }

    private void requireVariant(String variant) {
        variant(variant);
    }

    /** The name. */
    public String name() {
        return name;
    }

    /** The variants, in the order of the table. */
    public List<Variant> variants() {
        return variants;
    }

    /**
     * The variant of that name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public Variant variant(String wanted) {
        return variants.stream()
                .filter(variant -> variant.name().equals(wanted))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "%s has no variant '%s'; it has %s"
                                                .formatted(
                                                        name,
                                                        wanted,
                                                        variants.stream()
                                                                .map(Variant::name)
                                                                .toList())));
    }

    /** The seeds. */
    public List<Long> seeds() {
        return seeds;
    }

    /** The published numbers to compare with. */
    public List<PublishedNumber> published() {
        return published;
    }

    /** The published number of a variant and a measure. */
    public Optional<PublishedNumber> published(String variant, String measure) {
        return published.stream()
                .filter(n -> n.variant().equals(variant) && n.measure().equals(measure))
                .findFirst();
    }

    /** The findings that it is to show. */
    public List<Finding> findings() {
        return findings;
    }

    /**
     * Its points: all variants of the first seed, then of the next, so that a part is a table too.
     */
    public List<Point> points() {
        List<Point> points = new ArrayList<>();
        for (long seed : seeds) {
            variants.forEach(variant -> points.add(new Point(variant.name(), seed)));
        }
        return points;
    }

    /**
     * Runs what is missing in this process.
     *
     * @param folder keeps the results; made if it does not exist
     * @return all results, those of earlier runs among them
     * @throws IllegalArgumentException if the folder holds results of another ablation, other
     *     settings or another version of the library
     * @throws IllegalStateException if another process writes to the folder
     * @throws org.directpred.tensor.TrainingThread.Stopped if the caller is interrupted; what is
     *     done is kept
     */
    public Results run(Path folder) {
        return new Runner(this, folder).inThisProcess();
    }

    /**
     * Runs what is missing of some variants in this process; {@link #withVariantsOnly} and {@link
     * #run(Path)} in one.
     *
     * @param folder keeps the results; made if it does not exist
     * @param names the variants; all of them if none is named
     * @return the results of these variants, those of earlier runs among them
     * @throws IllegalArgumentException if there is no variant of a name, or as in {@link
     *     #run(Path)}
     */
    public Results run(Path folder, String... names) {
        return names.length == 0 ? run(folder) : withVariantsOnly(names).run(folder);
    }

    /**
     * Runs what is missing in child processes.
     *
     * @param folder keeps the results; made if it does not exist
     * @param source makes this same ablation in a child process
     * @param pool how many children, on which devices
     * @return all results, those of earlier runs among them; a child that crashed is named by a
     *     message, and its point is still missing
     * @throws IllegalArgumentException if the source makes another ablation, or as in {@link #run}
     * @throws IllegalStateException if another process writes to the folder
     * @throws org.directpred.tensor.TrainingThread.Stopped if the caller is interrupted; what is
     *     done is kept
     */
    public Results run(Path folder, AblationSource.Reference source, ProcessPool pool) {
        return new Runner(this, folder).inChildren(source, pool);
    }

    /** Reads what a folder has, without running anything. */
    public Results read(Path folder) {
        return new Results(this, new ResultsFolder(folder).read(this));
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT, "%s: %d variants, seeds %s", name, variants.size(), seeds);
    }
}
