import Basics

/// The batches of one epoch, read ahead by several threads and delivered strictly in order.
///
/// The content of every batch is a function of the samples, the options, the seed and the epoch; the number
/// of workers changes only the time. For one consuming thread.
package final class BatchStream {
  /// Seconds the consumer has spent in `next()` waiting for data.
  package private(set) var waitSeconds = 0.0

  private let pipeline: BatchPipeline
  private var threads: [WorkerThread] = []
  private var isHolding = false
  private var failure: (any Error)?

  /// Starts reading.
  /// - Parameters:
  ///   - epoch: number of the epoch, which with the seed decides order and augmentation.
  ///   - schedule: the batches to deliver; nil for the whole epoch.
  /// - Throws: `InputError`: usage for a crop or turn that does not fit; environment for lack of memory or
  ///   threads.
  package init(
    _ samples: LabelledPatches, in folder: DataFolder, options: BatchOptions, epoch: Int,
    schedule: BatchSchedule? = nil
  ) throws {
    precondition(!options.inputs.isEmpty, "a batch needs at least one input")
    precondition(
      options.batchSize >= 1 && options.workers >= 1 && options.prefetch >= 1 && epoch >= 0,
      "batch size, workers and prefetch start at 1, epochs at 0")
    let schedule = schedule ?? options.schedule(samples: samples.patches.count)
    precondition(
      schedule.batches.allSatisfy { $0.positions.upperBound <= samples.patches.count },
      "a schedule has positions of the epoch only")
    let outputSize = try options.augmentation.outputSize(of: options.fileSize)
    let slots = try (0...options.prefetch).map { _ in
      try Batch(
        capacity: schedule.sizes.max() ?? 0, inputs: options.inputs, size: outputSize,
        classes: samples.classes)
    }
    let order = SampleOrder(
      count: samples.patches.count, shuffle: options.shuffle, seed: options.seed, epoch: epoch)
    pipeline = BatchPipeline(slots: slots, order: order.indices, schedule: schedule)
    let pipeline = pipeline
    for _ in 0..<options.workers {
      let thread = try WorkerThread("reading threads") {
        let worker = BatchWorker(samples: samples, folder: folder, options: options, order: order)
        while let task = pipeline.take() {
          pipeline.finish(task, failure: worker.failure(of: task))
        }
      }
      threads.append(thread)
    }
  }

  deinit { close() }

  /// The next batch, `nil` after the last. The previous batch is given back: its memory will be overwritten.
  ///
  /// - Throws: `InputError` for the first sample of the batch that cannot be read; the stream has then ended,
  ///   and throws the same again.
  package func next() throws -> Batch? {
    if let failure { throw failure }
    if isHolding { pipeline.release() }
    isHolding = false
    let start = ContinuousClock.now
    defer { waitSeconds += (ContinuousClock.now - start) / .seconds(1) }
    do {
      let batch = try pipeline.next()
      isHolding = batch != nil
      return batch
    } catch {
      failure = error
      close()
      throw error
    }
  }

  /// Stops reading and ends the threads; done by itself when the stream goes away.
  package func close() {
    pipeline.close()
    for thread in threads { thread.join() }
    threads = []
  }
}

/// What one reading thread does with a sample.
private struct BatchWorker {
  private let samples: LabelledPatches
  private let options: BatchOptions
  private let order: SampleOrder
  private let reader: PatchReader

  init(samples: LabelledPatches, folder: DataFolder, options: BatchOptions, order: SampleOrder) {
    self.samples = samples
    self.options = options
    self.order = order
    reader = PatchReader(
      folder: folder, size: options.fileSize, normalisation: options.normalisation,
      nanPolicy: options.nanPolicy)
  }

  /// Fills the sample's row of its batch; both sensors are seen through the same view.
  func failure(of task: BatchPipeline.Task) -> (any Error)? {
    var random = order.augmentationStream(at: task.position)
    let view = options.augmentation.view(of: options.fileSize, &random)
    let classes = samples.classes
    for k in 0..<classes {
      task.batch.targets.pointer[task.row * classes + k] = samples.targets[task.sample * classes + k]
    }
    do {
      for (input, images) in zip(options.inputs, task.batch.images) {
        let row = images.pointer + task.row * task.batch.size.pixels * input.bandCount
        try reader.read(samples.patches[task.sample], input, view: view, into: row)
      }
      return nil
    } catch {
      return error
    }
  }
}
