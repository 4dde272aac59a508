package org.directpred.evaluate;

import org.directpred.image.ImageSource;
import org.directpred.image.Views;
import org.directpred.network.Backbone;

/**
 * A linear classifier on frozen features: what a representation is judged by.
 *
 * <pre>{@code
 * Evaluation e = LinearProbe.official().on(trainFeatures, testFeatures);
 * e.table();
 * }</pre>
 */
public interface LinearProbe {

    /**
     * Trains the classifier and tests it.
     *
     * @param train labelled features, at least one of each class
     * @param test labelled features of the same dimension and classes
     * @throws IllegalArgumentException if dimensions or classes differ, a row has no label, a class
     *     has no training example, or a feature is not finite
     * @throws org.directpred.tensor.TrainingThread.Stopped if the caller is interrupted
     */
    Evaluation on(Features train, Features test);

    /**
     * {@link #on(Features, Features)} of the features of labelled images.
     *
     * @param backbone the network
     * @param train labelled images
     * @param test labelled images of the same classes
     * @param views how the network's images are prepared; only {@link Views#plain} is used
     */
    default Evaluation on(Backbone backbone, ImageSource train, ImageSource test, Views views) {
        return on(
                Features.extract(backbone, train, views), Features.extract(backbone, test, views));
    }

    /**
     * The paper's protocol for STL-10 and CIFAR-10, as in the official code: standardised features,
     * one linear layer, Adam with learning rate 3e-4 and (coupled) weight decay 1e-3, batches of
     * 128, 50 epochs. The paper publishes {@link Evaluation#bestAccuracy}.
     */
    static AdamProbe official() {
        return new AdamProbe(3e-4, 1e-3, 128, 50, 0);
    }

    /**
     * The same model solved to its optimum: multinomial logistic regression on standardised
     * features with an L2 penalty of C = 0.01 (scikit-learn's {@code LogisticRegression(C=0.01)}),
     * by L-BFGS. Faster, without a seed, and at least as accurate.
     */
    static LogisticProbe quick() {
        return new LogisticProbe(0.01, 1e-4, 200);
    }
}
