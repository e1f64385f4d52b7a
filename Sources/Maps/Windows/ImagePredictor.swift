import Basics
import Experiments
import Imagery
import Metrics
import Training

/// Computes the probabilities of images of a store, as an evaluation computes those of patches.
struct ImagePredictor {
  let runner: NetworkRunner
  let experiment: Experiment
  let normalisation: Normalisation
  let inputs: [Channels]
  /// Height and width of the images, as they are stored.
  let size: PatchSize
  /// The part of each image that the network sees.
  var augmentation = Augmentation.none
  /// Images of every batch. The last batch is filled with its last image.
  let batchSize: Int

  var classes: Int { experiment.classScheme.classNames.count }

  /// Missing samples become what they became in training, or the mean of their band where training refused them.
  private var policy: NaNPolicy { experiment.nanPolicy.replacesMissing ? experiment.nanPolicy : .fill }

  /// Probabilities `[N, K]` of some images.
  /// - Throws: `InputError`: data for a sample that cannot be read; numerics for a result that is not finite.
  func probabilities(of images: [Int], in store: any PatchStore) throws -> [Float] {
    guard let last = images.last else { return [] }
    var result: [Float] = []
    result.reserveCapacity(images.count * classes)
    let batches = (images.count + batchSize - 1) / batchSize
    let all = images + Array(repeating: last, count: batches * batchSize - images.count)
    var options = BatchOptions(
      inputs: inputs, normalisation: normalisation, fileSize: size, batchSize: batchSize)
    (options.nanPolicy, options.form, options.augmentation) = (policy, runner.batchForm, augmentation)
    options.workers = experiment.data.workers
    let stream = try BatchStream(
      LabelledPatches(
        patches: all, classes: classes, targets: .init(repeating: 0, count: all.count * classes)),
      in: store, options: options, epoch: 0)
    while let batch = try stream.next() {
      let logits = try runner.predict(batch)
      let found = experiment.labels.type.probabilities(logits: logits, classes: classes)
      if let wrong = found.firstIndex(where: { !$0.isFinite }) {
        throw InputError(
          .numerics, store.source(of: all[batch.indices[wrong / classes]], inputs[0].sensor),
          "the network's result is not finite", remedy: "check the units of the images and the weights")
      }
      result += found
    }
    return Array(result.prefix(images.count * classes))
  }

  /// The result of a unit of windows.
  /// - Parameter mostMissing: the largest share of missing pixels of a window that counts.
  /// - Throws: `InputError`, see `probabilities(of:in:)`.
  func result(of strip: SceneStrip, mostMissing: Double) throws -> UnitResult {
    var probabilities = [Float](repeating: .nan, count: strip.unit.windows * classes)
    let windows = strip.missingShares.indices.filter { strip.missingShares[$0] <= mostMissing }
    let found = try self.probabilities(of: windows, in: strip)
    for (row, window) in windows.enumerated() {
      probabilities.replaceSubrange(
        window * classes..<(window + 1) * classes, with: found[row * classes..<(row + 1) * classes])
    }
    return UnitResult(probabilities: probabilities, missing: strip.missingCells)
  }
}
