import Basics
import Experiments
import Presentation

/// How long the epochs of a run take when they wait neither for data nor for other ranks, seconds.
package struct RunTime: Equatable, Sendable {
  /// The steps of an epoch.
  package let training: Double
  /// The validation after them.
  package let validation: Double
  /// A test of one checkpoint; nil where the test split is not known.
  package let test: Double?
  package let epochs: Int

  package var epoch: Double { training + validation }
  /// All epochs.
  package var run: Double { Double(epochs) * epoch }

  /// - Parameters:
  ///   - patches: of the splits.
  ///   - experiment: with the batch of a rank.
  ///   - ranks: that share the patches out.
  ///   - trainingStep: seconds of a step with the batch of the experiment.
  ///   - evaluation: seconds of a batch of its evaluation.
  package init(
    _ patches: PatchCounts, _ experiment: Experiment, ranks: Int = 1, trainingStep: Double, evaluation: Double
  ) {
    let batch = experiment.training.batchSize * ranks
    // A last batch that is smaller takes as much less time.
    let trained = experiment.training.dropLast ? patches.training / batch * batch : patches.training
    training = Double(trained) / Double(batch) * trainingStep
    func seconds(_ patches: Int) -> Double {
      Double(patches) / Double(experiment.evaluation.batchSize * ranks) * evaluation
    }
    validation = seconds(patches.validation)
    test = patches.test.map(seconds)
    epochs = experiment.training.epochs
  }

  init(training: Double, validation: Double, epochs: Int) {
    (self.training, self.validation, self.epochs) = (training, validation, epochs)
    test = nil
  }

  /// "epoch 6 h 40 min, of it validation 50 min; 100 epochs 28 days".
  package var text: String {
    "epoch \(NumberText.roughly(epoch)), of it validation \(NumberText.roughly(validation)); "
      + "\(counted(epochs, "epoch")) \(NumberText.roughly(run))"
  }
}
