import Basics

/// The batches of one epoch, read ahead by several threads and delivered strictly in order.
///
/// Samples, options, seed and epoch decide the content of every batch. The number of workers changes only the time. One
/// thread may use the stream.
public final class BatchStream {
  /// Seconds that the caller has waited for data in `next()`.
  package private(set) var waitSeconds = 0.0

  private let pipeline: BatchPipeline
  private var threads: [WorkerThread] = []
  private var isHolding = false
  private var failure: (any Error)?

  /// Starts reading.
  /// - Parameters:
  ///   - epoch: number of the epoch. Together with the seed it decides order and augmentation.
  ///   - schedule: the batches to deliver; nil for the whole epoch.
  /// - Throws: `InputError`: usage for a crop or turn that does not fit, and for too many bands; environment for lack of memory or
  ///   threads.
  public init(
    _ samples: LabelledPatches, in store: any PatchStore, options: BatchOptions, epoch: Int,
    schedule: BatchSchedule? = nil
  ) throws {
    precondition(!options.inputs.isEmpty, "a batch needs at least one input")
    precondition(
      options.batchSize >= 1 && options.workers >= 1 && options.prefetch >= 1 && epoch >= 0,
      "batch size, workers and prefetch start at 1, epochs at 0")
    for input in options.inputs { try input.requireFewBands() }
    let schedule = schedule ?? options.schedule(samples: samples.patches.count)
    precondition(
      schedule.batches.allSatisfy { $0.positions.upperBound <= samples.patches.count },
      "a schedule has positions of the epoch only")
    let outputSize = try options.augmentation.outputSize(of: options.fileSize)
    let capacity = schedule.sizes.max() ?? 0
    let slots = try (0...options.prefetch).map { _ in
      try Batch(
        capacity: capacity, inputs: options.inputs, size: outputSize, classes: samples.classes,
        raw: options.form == .raw
          ? RawBatch(options.preparations, capacity: capacity, size: options.fileSize) : nil)
    }
    let order = SampleOrder(
      count: samples.patches.count, shuffle: options.shuffle, seed: options.seed, epoch: epoch)
    pipeline = BatchPipeline(slots: slots, order: order.indices, schedule: schedule)
    let pipeline = pipeline
    for _ in 0..<options.workers {
      // Only the new thread uses the worker.
      nonisolated(unsafe) let worker = try BatchWorker(
        samples: samples, store: store, options: options, order: order)
      let thread = try WorkerThread("reading threads") {
        while let task = pipeline.take() {
          do {
            try worker.fill(task)
            pipeline.finish(task, failure: nil)
          } catch {
            pipeline.finish(task, failure: error)
          }
        }
      }
      threads.append(thread)
    }
  }

  deinit { close() }

  /// The next batch; `nil` after the last. The memory of the previous batch will be overwritten.
  ///
  /// - Throws: `InputError` for the first sample of the batch that cannot be read. The stream has then ended, and throws the
  ///   same error again.
  public func next() throws -> Batch? {
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

  /// Stops reading and ends the threads. The end of the stream's lifetime does the same.
  package func close() {
    pipeline.close()
    for thread in threads { thread.join() }
    threads = []
  }
}
