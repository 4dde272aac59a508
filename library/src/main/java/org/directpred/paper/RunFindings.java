package org.directpred.paper;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.directpred.evaluate.Measure;
import org.directpred.experiment.Ablation;
import org.directpred.experiment.AblationSource;
import org.directpred.experiment.Finding;
import org.directpred.experiment.Judgement;
import org.directpred.experiment.ProcessPool;
import org.directpred.experiment.Results;
import org.directpred.experiment.Verdict;
import org.directpred.image.FashionMnist;
import org.directpred.image.ImageSource;
import org.directpred.progress.ConsoleSink;
import org.directpred.progress.Progress;
import tech.tablesaw.api.Table;

/**
 * Runs the {@link Findings}.
 *
 * <pre>
 * java -cp ... org.directpred.paper.RunFindings FOLDER [WORKERS]
 * </pre>
 *
 * <p>It runs what the folder lacks in so many child processes of one thread each, prints each
 * finding, writes {@code findings.csv} and the tables of variants {@code claims.csv} and {@code
 * tried.csv} into the folder, and ends with status 1 if a finding with a bound did not hold.
 */
public final class RunFindings {
    private static final Measure<?>[] SHOWN = {
        Measure.ACCURACY,
        Measure.BEST_ACCURACY,
        Measure.EFFECTIVE_RANK,
        Measure.STANDARD_DEVIATION,
        Measure.LARGEST_EIGENVALUE,
        Measure.ALIGNMENT,
        Measure.ASYMMETRY
    };

    private RunFindings() {}

    /** See the class. */
    public static void main(String[] arguments) {
        if (arguments.length < 1 || arguments.length > 2) {
            System.err.println("usage: RunFindings FOLDER [WORKERS]");
            System.exit(2);
        }
        Progress.use(new ConsoleSink(System.out));
        int workers = arguments.length == 2 ? Integer.parseInt(arguments[1]) : 1;
        try (ImageSource images = FashionMnist.train()) {
            if (images.size() != 60_000) {
                throw new IllegalStateException(
                        "the findings are of the full Fashion-MNIST, and only its embedded slice is"
                                + " here: put it under DIRECTPRED_DATA as fashion-mnist, or on"
                                + " Debian 'apt install dataset-fashion-mnist'");
            }
        }
        System.exit(run(Path.of(arguments[0]), workers, System.out) ? 0 : 1);
    }

    /** Runs both tables; whether every finding with a bound held. */
    private static boolean run(Path folder, int workers, PrintStream out) {
        ProcessPool pool = ProcessPool.onCpu(workers).withThreads(1);
        Setting setting = Setting.fashionMnist();
        Results claims = run("claims", Findings.claims(setting), folder, pool);
        boolean held = print(claims, out);
        Results tried = run("tried", Findings.tried(setting), folder, pool);
        for (Map.Entry<String, Results> results :
                Map.of("claims", claims, "tried", tried).entrySet()) {
            write(results.getValue().table(SHOWN), folder.resolve(results.getKey() + ".csv"));
        }
        write(claims.findings(), folder.resolve("findings.csv"));
        out.println(tried.table(SHOWN).printAll());
        return held && claims.missing().isEmpty();
    }

    private static Results run(String name, Ablation table, Path folder, ProcessPool pool) {
        return table.run(
                folder.resolve(name), AblationSource.Reference.to(Findings.class, name), pool);
    }

    private static void write(Table table, Path file) {
        table.write().csv(file.toFile());
    }

    private static boolean print(Results results, PrintStream out) {
        int held = 0;
        int claimed = 0;
        for (Judgement judgement : results.judgements()) {
            Finding finding = judgement.finding();
            out.printf(
                    Locale.ROOT,
                    "%-12s %s%n             %s: %s%n",
                    judgement.verdict(),
                    finding.statement(),
                    finding.criterion(),
                    judgement.numbers());
            if (judgement.verdict() != Verdict.REPORTED) {
                claimed++;
                held += judgement.verdict() == Verdict.HOLDS ? 1 : 0;
            }
        }
        out.println(results.table(SHOWN).printAll());
        out.printf(Locale.ROOT, "%d of %d findings held%n", held, claimed);
        return held == claimed;
    }
}
