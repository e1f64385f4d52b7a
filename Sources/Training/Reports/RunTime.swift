import Basics
import Experiments
import Presentation

/// The time in seconds that the epochs of a run take when they wait neither for data nor for other ranks.
package struct RunTime: Equatable, Sendable {
  /// Seconds of the training steps of an epoch.
  package let training: Double
  /// Seconds of the validation after these steps.
  package let validation: Double
  /// Seconds of a test of one checkpoint; nil where the size of the test split is not known.
  package let test: Double?
  package let epochs: Int

  package var epoch: Double { training + validation }
  /// Seconds of all epochs.
  package var run: Double { Double(epochs) * epoch }

  /// - Parameters:
  ///   - patches: number of patches of each split.
  ///   - experiment: the experiment, with the batch size of one rank.
  ///   - ranks: number of ranks that divide the patches among them.
  ///   - trainingStep: seconds of a training step with that batch size.
  ///   - evaluation: seconds of an evaluation batch.
  package init(
    _ patches: PatchCounts, _ experiment: Experiment, ranks: Int = 1, trainingStep: Double, evaluation: Double
  ) {
    let batch = experiment.training.batchSize * ranks
    // The time of a smaller last batch is in proportion to its size.
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
