import Basics
import Experiments
import Imagery
import Metrics
import Synchronization

/// A trained network that tells the classes of images: raw samples in, probabilities out.
///
///     let classifier = try Classifier(contentsOf: "runs/s2")
///     let p = try classifier.probabilities(["s2": pixels], shape: [1, 256, 256, 10])
///     for (name, probability) in zip(classifier.classes, p) { print(name, probability) }
///
/// Images are cleaned and normalised as patches of a data set are, and nothing is cropped. For the same patches, in
/// batches of the same size, the result has the bits that `fusionctl test` writes.
///
/// Safe to use from several threads: calls take turns, and each uses all threads of the classifier.
public final class Classifier: Sendable {
  /// What the network sees of one sensor.
  package struct Input: Hashable, Sendable {
    /// "s1", "s2" or "rgb".
    package let name: String
    /// Names of the bands in the order of an image's samples: "B2", "B3", …
    package let bands: [String]
    /// Unit of the samples: "dB", or "reflectance × 10⁴".
    package let unit: String

    init(_ input: Channels) {
      name = input.name
      bands = input.bandNames
      unit = input.sensor.unit
    }
  }

  /// Names of the classes, in the order of the probabilities.
  public let classes: [String]
  /// Multi-label: each class has a probability of its own. Single-label: the probabilities add up to 1.
  package let task: ClassificationTask
  /// The inputs of the network: one for a network of one sensor, else one for each sensor.
  package let inputs: [Input]
  /// Side length in pixels to which patches were cropped in training; nil where they were used whole.
  package let patchSize: Int?

  let experiment: Experiment
  /// Height and width of the images of a network that takes no other size; nil for other networks.
  let onlySize: PatchSize?
  private let normalisation: Normalisation
  private let programs: Mutex<Programs>

  /// Opens a trained network and reads its weights.
  ///
  /// - Parameters:
  ///   - path: a run folder (its best checkpoint), a checkpoint, or a safetensors file written by
  ///     `fusionctl export`.
  ///   - threads: number of threads that compute; nil for one per usable core.
  ///   - batchSize: images in a batch; nil for the batch size of the training's evaluations. Memory grows with the
  ///     batch size. Results do not depend on it, except for rounding on a processor without AVX-512.
  /// - Throws: `InputError`: checkpoint for a file that is absent, damaged or not of a trained network; usage for a
  ///   number of threads or a batch size below 1, or a precision that this processor does not have; environment for
  ///   lack of memory or threads.
  public init(contentsOf path: String, threads: Int? = nil, batchSize: Int? = nil) throws {
    let weights = try TrainedWeights(path: path)
    var experiment = weights.experiment
    // The threads and the device of the training may not suit this machine.
    (experiment.threads, experiment.device) = (nil, Experiment().device)
    try experiment.apply(
      [("threads", "threads", threads), ("batchSize", "evaluation.batch_size", batchSize)].compactMap {
        name, key, value in value.map { Experiment.Override(flag: name, path: key, value: "\($0)") }
      })
    let device = try Devices().device(for: experiment, ownsProcess: false)
    self.experiment = experiment
    classes = experiment.classScheme.classNames
    task = experiment.labels.type
    inputs = experiment.inputs.map(Input.init)
    patchSize = experiment.data.patchSize
    normalisation = weights.normalisation
    onlySize = experiment.model.hasFixedSize ? weights.imageSize : nil
    let graph = onlySize.map { experiment.graph(of: $0) } ?? experiment.graph
    let runner = try NetworkRunner(experiment, experiment.request(of: graph), on: device)
    try weights.load(into: runner.state)
    programs = Mutex(Programs(runner))
  }

  /// Probabilities `[N, K]` of the classes of N images, row-major.
  ///
  /// Each sensor's images come as `samples` of `shape` in the units of `inputs`. Sentinel-1 is clipped to −25…0 dB
  /// as in training. Samples that are NaN or infinite are replaced where the training did so (`data.nan: fill` or
  /// `paper`), and refused otherwise. The network takes images of any size up to 8192 pixels a side; it was trained
  /// on one size. A network with the head `flatten` takes that size alone.
  /// - Parameter images: the images of each name in `inputs`, the same number and size for each. Image i of every
  ///   sensor shows the same place.
  /// - Throws: `InputError`: usage for images that are missing, unknown, or not as `inputs` says; data for a sample
  ///   that is not finite (the message names the first); numerics for a result that is not finite; environment for
  ///   lack of memory.
  package func probabilities(_ images: [String: Images]) throws -> [Float] {
    let (sources, count, size) = try checked(images)
    guard count > 0 else { return [] }
    let batchSize = experiment.evaluation.batchSize
    return try programs.withLock { programs in
      let runner = try programs.runner(
        of: experiment, size, NetworkRunner.batchSizes(samples: count, batchSize: batchSize))
      let batch = try Batch(
        capacity: min(count, batchSize), inputs: experiment.inputs, size: size, classes: classes.count)
      var result: [Float] = []
      result.reserveCapacity(count * classes.count)
      for start in stride(from: 0, to: count, by: batchSize) {
        batch.count = min(batchSize, count - start)
        for source in sources { try fill(batch, from: source, start) }
        let logits = try runner.predict(batch)
        try requireFinite(logits, start)
        result += task.probabilities(logits: logits, classes: classes.count)
      }
      return result
    }
  }

  /// Probabilities `[N, K]` of N images that have the same shape for every sensor: for a network of one sensor.
  /// - Parameter shape: `[N, H, W, bands]`, or `[N, bands, H, W]` with `layout: .channelsFirst`.
  /// - Throws: see `probabilities(_:)`.
  public func probabilities(
    _ samples: [String: [Float]], shape: [Int], layout: Images.Layout = .channelsLast
  ) throws -> [Float] {
    try probabilities(samples.mapValues { Images($0, shape: shape, layout: layout) })
  }

  /// Fills the batch with images of one sensor, from number `start` on.
  private func fill(_ batch: Batch, from source: CheckedImages, _ start: Int) throws {
    let target = batch.images(source.input).pointer
    let preparation = SamplePreparation(source.input, normalisation, experiment.nanPolicy)
    try source.forEach(start..<start + batch.count) { image in
      preparation.prepare(
        image: image.samples, size: batch.size,
        into: target + (image.number - start) * source.samplesPerImage)
    }
  }

  private func requireFinite(_ logits: [Float], _ start: Int) throws {
    guard let index = logits.firstIndex(where: { !$0.isFinite }) else { return }
    throw InputError(
      .numerics, "image \(start + index / classes.count)", "the network's result is not finite",
      remedy:
        "check the units (\(inputs.map { "\($0.name): \($0.unit)" }.joined(separator: "; "))) and the weights"
    )
  }
}

/// The network of a classifier, with programs for images of one size. Each size needs programs of its own; those of
/// the size used last are kept.
private struct Programs {
  private let network: NetworkRunner
  private var size: PatchSize?
  private var batchSizes: Set<Int> = []

  init(_ network: NetworkRunner) { self.network = network }

  /// The network for images of a size, with programs for the given batch sizes.
  /// - Throws: `InputError` (environment) for lack of memory.
  mutating func runner(
    of experiment: Experiment, _ size: PatchSize, _ batchSizes: Set<Int>
  ) throws -> NetworkRunner {
    let isSameSize = size == self.size
    if isSameSize, batchSizes.isSubset(of: self.batchSizes) { return network }
    let wanted = isSameSize ? batchSizes.union(self.batchSizes) : batchSizes
    self.size = nil
    try network.executor.prepare(experiment.request(size, inference: wanted))
    (self.size, self.batchSizes) = (size, wanted)
    return network
  }
}
