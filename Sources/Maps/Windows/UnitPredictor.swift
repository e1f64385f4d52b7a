import Basics
import Experiments
import Imagery
import Metrics
import Training

/// Computes the probabilities of the windows of a unit, as an evaluation computes those of patches.
struct UnitPredictor {
  let plan: WindowPlan
  let runner: NetworkRunner
  let experiment: Experiment
  let normalisation: Normalisation
  let inputs: [Channels]
  /// Images of every batch. The last batch of a unit is filled with its last window.
  let batchSize: Int
  /// The largest share of missing pixels of a window that counts.
  let mostMissing: Double

  /// Missing samples become what they became in training, or the mean of their band where training refused them.
  private var policy: NaNPolicy { experiment.nanPolicy.replacesMissing ? experiment.nanPolicy : .fill }

  /// - Throws: `InputError`: data for a sample that cannot be used; numerics for a result that is not finite.
  func result(of strip: SceneStrip) throws -> UnitResult {
    let classes = experiment.classScheme.classNames.count
    var probabilities = [Float](repeating: .nan, count: strip.unit.windows * classes)
    var windows = strip.missingShares.indices.filter { strip.missingShares[$0] <= mostMissing }
    let count = windows.count
    if count > 0 {
      while windows.count % batchSize != 0 { windows.append(windows[count - 1]) }
      var options = BatchOptions(
        inputs: inputs, normalisation: normalisation, fileSize: plan.window, batchSize: batchSize)
      (options.nanPolicy, options.form) = (policy, runner.batchForm)
      options.workers = experiment.data.workers
      let stream = try BatchStream(
        LabelledPatches(
          patches: windows, classes: classes, targets: .init(repeating: 0, count: windows.count * classes)),
        in: strip, options: options, epoch: 0)
      while let batch = try stream.next() {
        let logits = try runner.predict(batch)
        let found = experiment.labels.type.probabilities(logits: logits, classes: classes)
        guard found.allSatisfy(\.isFinite) else { throw Self.notFinite(strip, plan, windows[batch.indices[0]]) }
        for (row, index) in batch.indices.enumerated() {
          let place = windows[index] * classes
          probabilities.replaceSubrange(
            place..<place + classes, with: found[row * classes..<(row + 1) * classes])
        }
      }
    }
    return UnitResult(probabilities: probabilities, missing: strip.missingCells)
  }

  private static func notFinite(_ strip: SceneStrip, _ plan: WindowPlan, _ window: Int) -> InputError {
    InputError(
      .numerics,
      "windows from row \(plan.tops[strip.unit.row]), column \(plan.lefts[strip.unit.columns.lowerBound + window])",
      "the network's result is not finite", remedy: "check the units of the images and the weights")
  }
}
