import Basics
import Experiments
import Imagery

/// The numbers of patches of a run's splits, from which the run's time is predicted.
package struct PatchCounts: Equatable, Sendable {
  package let training, validation: Int
  /// nil where the number is not known.
  package let test: Int?
  /// Height and width of the files in pixels; nil where they are not known.
  package let size: PatchSize?

  /// Reads the value of `--patches`: `108912,53643` or, with the test split, `108912,53643,18106`.
  /// - Parameter experiment: the experiment, whose `data.limit` may reduce the numbers.
  /// - Throws: `InputError` (usage) for any other text.
  package init(_ text: String, _ experiment: Experiment) throws {
    let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map {
      BoundedNumber.whole(String($0), in: 0...1_000_000_000)
    }
    guard (2...3).contains(numbers.count), let training = numbers[0], let validation = numbers[1],
      training > 0, numbers.last != .some(nil)
    else {
      throw InputError(
        .usage, "--patches \(text)",
        "expected the patches of training and validation, and of test if you like",
        remedy: "write for instance --patches 108912,53643 or --patches 108912,53643,18106")
    }
    let limit = experiment.data.limit.map {
      PatchLimit(limit: $0, training: training, validation: validation, seed: experiment.data.splitSeed)
    }
    self.init(
      training, validation, limit, test: numbers.count == 3 ? numbers[2] : nil, size: nil)
  }

  /// Counts the patches in the lists of a data set. Neither labels nor samples are read, so patches that a run will
  /// leave out for their labels or for missing samples are counted too.
  /// - Throws: `InputError`, see `PatchSplits`.
  package init(_ experiment: Experiment, data: String, labels: String?) throws {
    let sweep = Sweep(threads: try experiment.threadCount)
    let found = try experiment.dataSet(
      data: data, labels: labels, wanted: [.train, .validation], sweep
    ).selection
    let headers = try HeaderSample(
      of: found.all, found.catalogue, sensors: experiment.sensors, in: found.store,
      sweep)
    try headers.requireOneSize()
    self.init(
      found.training.count, found.validation.count, PatchLimit(experiment, found), test: found.test?.count,
      size: headers.size)
  }

  private init(_ training: Int, _ validation: Int, _ limit: PatchLimit?, test: Int?, size: PatchSize?) {
    self.training = limit?.count(.train) ?? training
    self.validation = limit?.count(.validation) ?? validation
    (self.test, self.size) = (test, size)
  }
}
