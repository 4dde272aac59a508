package org.directpred.train;

import ai.djl.ndarray.NDArray;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.directpred.evaluate.Measure;
import org.directpred.image.FashionMnist;
import org.directpred.network.Architecture;
import org.directpred.predictor.DirectPred;
import org.directpred.progress.Progress;
import org.directpred.progress.TestSink;
import org.directpred.tensor.TrainingThread;

/**
 * The process that {@link ResumeTest} kills: a short run with frequent checkpoints that prints its
 * steps.
 */
final class KilledRun {
    static final long STEPS = 40;

    private KilledRun() {}

    static Recipe recipe() {
        return Recipe.fashionMnist()
                .withEncoder(Architecture.small(1, 4))
                .withPredictor(DirectPred.defaults().withRho(.3).withEvery(3))
                .withBatchSize(32)
                .withDiagnosticsEvery(5)
                .withSteps(STEPS);
    }

    /** Everything that the run ends with. */
    static Map<String, Long> digests(Pretraining run) {
        return digests(run.learner());
    }

    static Map<String, Long> digests(Learner learner) {
        return TrainingThread.call(
                () -> {
                    Map<String, Long> all = new TreeMap<>(learner.counters());
                    for (Map.Entry<String, NDArray> entry : learner.state().entrySet()) {
                        CRC32 crc = new CRC32();
                        crc.update(entry.getValue().toByteBuffer());
                        all.put(entry.getKey(), crc.getValue());
                    }
                    return all;
                });
    }

    public static void main(String[] arguments) {
        Progress.use(new Printer());
        try (Pretraining run =
                Pretraining.of(recipe())
                        .onDevice("cpu")
                        .in(Path.of(arguments[0]))
                        .withCheckpointEvery(3)
                        .withKeepBest(Measure.EFFECTIVE_RANK)
                        .on(FashionMnist.embeddedTrain())) {
            run.train();
            Map<String, Long> ofTheBest;
            try (Learner best = run.best()) {
                ofTheBest = digests(best);
            }
            System.out.println(
                    "done "
                            + digests(run)
                            + " best "
                            + ofTheBest
                            + " "
                            + run.log().table().print(1000).hashCode()
                            + " "
                            + run.log().diagnostics().print(1000).hashCode());
        }
    }

    private static final class Printer extends TestSink {
        @Override
        protected void update(long done, String note) {
            System.out.println("step " + done);
        }
    }
}
