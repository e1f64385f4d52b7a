/// The work of one reading thread. It reads a patch from the store and checks the samples. Then it writes them into a row of
/// the batch, as floats or as they are stored.
final class BatchWorker {
  private let samples: LabelledPatches
  private let options: BatchOptions
  private let order: SampleOrder
  private let reader: SampleReader
  private let preparations: [SamplePreparation]

  /// - Throws: `InputError` (environment) for lack of memory.
  init(samples: LabelledPatches, store: any PatchStore, options: BatchOptions, order: SampleOrder) throws {
    self.samples = samples
    self.options = options
    self.order = order
    reader = try SampleReader(store, options.inputs.map(\.sensor), size: options.fileSize)
    preparations = options.preparations
  }

  /// Fills the sample's row of its batch. All sensors get the same view.
  /// - Throws: `InputError` (data) when a sample cannot be read or breaks the NaN policy.
  func fill(_ task: BatchPipeline.Task) throws {
    var random = order.augmentationStream(at: task.position)
    let view = options.augmentation.view(of: options.fileSize, &random)
    let classes = samples.classes
    for k in 0..<classes {
      task.batch.targets.pointer[task.row * classes + k] = samples.targets[task.sample * classes + k]
    }
    let patch = samples.patches[task.sample]
    if let raw = task.batch.raw {
      raw.views.pointer[task.row] = view
      for samples in raw.samples {
        let grids = try reader.read(patch, samples.channels.sensor, into: samples.room(task.row))
        try options.nanPolicy.check(grids, of: samples.channels)
        samples.note(grids, task.row)
      }
    } else {
      for (preparation, images) in zip(preparations, task.batch.images) {
        let channels = preparation.channels
        let grids = try reader.read(patch, channels.sensor)
        try options.nanPolicy.check(grids, of: channels)
        preparation.prepare(
          grids, view: view,
          into: images.pointer + task.row * task.batch.size.pixels * channels.bandCount)
      }
    }
  }
}
