import Basics
import CUDAEngine
import Networks

/// Own kernels over activations, beside a copy.
struct PassSection {
  let run: CheckRun

  /// Activations of a ResNet at batch 64.
  private var shapes: [Shape] {
    run.options.isQuick
      ? [Shape(2, 8, 8, 16)]
      : [Shape(64, 128, 128, 64), Shape(64, 64, 64, 256), Shape(64, 16, 16, 1024), Shape(64, 8, 8, 2048)]
  }

  func write() throws {
    run.report.heading("Passes over activations")
    run.report.columns("pass", "activations       ", width: 25, titles: ["µs    ", "GB/s", "of copy"])
    for type in [CUDAType.bfloat16, .float32] {
      for shape in shapes {
        try run.measure(["all", "\(shape.name) \(type.rawValue)"]) {
          let speeds = try PassMeter(shape, type, repeats: run.options.isQuick ? 2 : 20, on: run.gpu).run()
          return speeds.map { speed in
            [
              speed.name, "\(speed.shape.name) \(type.rawValue)", fixed(1e6 * speed.seconds, 1),
              fixed(speed.bytesPerSecond / 1e9, 0),
              fixed(100 * speed.bytesPerSecond / speeds[0].bytesPerSecond, 0) + " %",
            ]
          }
        }
      }
    }
  }
}

/// Training steps on the GPU.
struct SpeedSection {
  let run: CheckRun

  func write() throws {
    let isQuick = run.options.isQuick
    let batches = run.options.batches ?? (isQuick ? [2] : [25, 64, 128])
    let example = NetworkExample.speed(batch: batches[0], isQuick: isQuick)
    run.report.heading("Training steps: \(example.heading), Adam")
    run.report.columns("precision", "batch", titles: StepSpeed.titles)
    for batch in batches {
      let example = NetworkExample.speed(batch: batch, isQuick: isQuick)
      let problem = try Problem(example.network(.binaryCrossEntropy), isSingle: true, seed: 3)
      for precision in run.precisions {
        try run.measure([precision.rawValue, "\(batch)"]) {
          let speed = try StepSpeed(problem, precision, seconds: isQuick ? 0 : 2, on: run.gpu)
          return [[precision.rawValue, "\(batch)"] + speed.cells]
        }
      }
    }
  }
}

/// The same step on all cores of the machine.
struct CPUSection {
  let run: CheckRun

  func write() throws {
    let isQuick = run.options.isQuick
    let batch = isQuick ? 2 : 8
    let example = NetworkExample.speed(batch: batch, isQuick: isQuick)
    let problem = try Problem(example.network(.binaryCrossEntropy), isSingle: true, seed: 3)
    run.report.heading("Training steps on the CPU: \(example.heading), Adam")
    run.report.paragraph("threads: \(run.cpu.threads)")
    run.report.columns("precision", "batch", titles: StepSpeed.titles)
    for precision in [Precision.fp32, .bf16] where (try? run.cpu.require(precision)) != nil {
      try run.measure([precision.rawValue, "\(batch)"]) {
        let speed = try StepSpeed(problem, precision, seconds: isQuick ? 0 : 5, on: run.cpu)
        return [[precision.rawValue, "\(batch)"] + speed.cells]
      }
    }
  }
}

extension Shape {
  /// "64×128×128×64".
  fileprivate var name: String { "\(batch)×\(height)×\(width)×\(channels)" }
}

/// Seconds of a training step and of an update.
private struct StepSpeed {
  private let step: Double
  private let update: Double
  private let batch: Int
  private let updateBytes: Int
  /// Planned memory, where the network is.
  private let bytes: Int

  /// - Parameter seconds: how long steps are measured; two steps at least.
  init(_ problem: Problem, _ precision: Precision, seconds: Double, on device: any Device) throws {
    let rule = OptimizerRule.adam(weightDecay: 0)
    let executor = try device.executor(problem.request(precision, rule: rule), ranks: OneProcess())
    let place: ExecutionPlan.Place = device.model == nil ? .host : .device
    bytes = executor.plan.parts.reduce(0) { $0 + ($1.place == place ? $1.bytes : 0) }
    try executor.state.initialise(seed: 1)
    try executor.share()
    let batch = problem.batchSize
    self.batch = batch
    updateBytes = rule.updateBytes(count: executor.state.parameterCount)
    var number = 0
    func train(_ count: Int) throws -> Double {
      let start = ContinuousClock.now
      for _ in 0..<count {
        let step = StepNumbers(number, learningRate: 1e-4, samples: batch)
        try problem.withBatch(in: device.batchForm) { _ = try executor.train($0, step) }
        number += 1
      }
      _ = try executor.finish()
      return (ContinuousClock.now - start) / .seconds(1)
    }
    // The first steps load libraries and capture a graph.
    _ = try train(3)
    let once = try train(2) / 2
    let count = max(2, min(200, Int(seconds / once)))
    step = try train(count) / Double(count)
    let numbers = StepNumbers(number, learningRate: 1e-4, samples: batch)
    try executor.update(numbers)
    let start = ContinuousClock.now
    for _ in 0..<5 { try executor.update(numbers) }
    update = (ContinuousClock.now - start) / .seconds(5)
  }

  static let titles = ["ms a step", "patches/s", "GB    ", "update ms", "GB/s"]

  var cells: [String] {
    [
      fixed(1e3 * step, 2), fixed(Double(batch) / step, 1), fixed(Double(bytes) / 1e9, 2),
      fixed(1e3 * update, 3), fixed(Double(updateBytes) / update / 1e9, 0),
    ]
  }
}

extension CheckRun {
  /// Writes the rows of a measurement, or a row that says why there are none.
  /// - Throws: `InputError` (lostDevice).
  fileprivate func measure(_ cells: [String], _ body: () throws -> [[String]]) throws {
    guard !isOver else { return report.row(cells, .skipped("the time is over")) }
    do {
      for row in try body() { report.row(row, .measured) }
    } catch let error as InputError where error.kind == .environment {
      // Too little memory for a batch is no fault.
      report.row(cells, .skipped(error.description))
    }
  }
}
