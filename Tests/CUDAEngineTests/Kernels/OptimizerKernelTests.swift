import CKernels
import CUDAEngine
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Adam and SGD against the CPU's kernels and against double.
@Suite struct OptimizerKernelTests {
  private static let count = 2077
  private let values = normal(Self.count, seed: 1)
  private let gradients = normal(Self.count, seed: 2)
  /// Segments end within vectors of eight; the second one stands still.
  private let segments = [
    UpdateSegment(end: 3, rate: 1, decay: 1, isFrozen: false),
    UpdateSegment(end: 1021, rate: 1, decay: 1, isFrozen: true),
    UpdateSegment(end: 1022, rate: 0.5, decay: 0, isFrozen: false),
    UpdateSegment(end: Self.count, rate: 2, decay: 1, isFrozen: false),
  ]

  private func forEachSegment(_ body: (Range<Int>, UpdateSegment) -> Void) {
    var begin = 0
    for segment in segments {
      if segment.frozen == 0 { body(begin..<Int(segment.end), segment) }
      begin = Int(segment.end)
    }
  }

  private func table(update: Int, scale: Float = 1, skip: Bool = false) -> StepTable {
    var step = StepTable()
    (step.learningRate, step.scale, step.skip) = (0.01, scale, skip ? 1 : 0)
    (step.correction1, step.correction2) = (1 - pow(0.9, Double(update)), 1 - pow(0.999, Double(update)))
    step.initial = update == 1 ? 1 : 0
    return step
  }

  /// Values and both moments after three updates.
  private func adam(
    _ order: ThreadOrder, scale: Float = 1, skip: Bool = false, flag: UInt32 = 0, shift: Int = 0
  ) -> [DeviceArray] {
    let zeros = [Float](repeating: 0, count: Self.count)
    let state = [values, zeros, zeros].map { DeviceArray(.f32, $0, shift: shift) }
    for update in 1...3 {
      launch(
        "adam", .pass(count: Self.count), order,
        [
          .array(state[0]), .array(DeviceArray(.f32, gradients.map { $0 * scale })), .array(state[1]),
          .array(state[2]), .count(Self.count), .array(DeviceArray(segments)), .int(segments.count),
          .array(DeviceArray([table(update: update, scale: scale, skip: skip)])), .array(DeviceArray([flag])),
          .float(1e-8), .float(0.02), .double(1 - 0.9), .double(1 - 0.999),
        ])
    }
    return state
  }

  @Test func adamIsTheCPUs() {
    let got = inEveryOrder { adam($0) }
    var (w, m, v) = (
      values, [Float](repeating: 0, count: Self.count), [Float](repeating: 0, count: Self.count)
    )
    for update in 1...3 {
      let step = table(update: update)
      forEachSegment { range, segment in
        var rule = fk_adam(
          learning_rate: step.learningRate * segment.rate, epsilon: 1e-8, weight_decay: 0.02 * segment.decay,
          beta1: 0.9, beta2: 0.999, correction1: step.correction1, correction2: step.correction2)
        w.withUnsafeMutableBufferPointer { w in
          m.withUnsafeMutableBufferPointer { m in
            v.withUnsafeMutableBufferPointer { v in
              gradients.withUnsafeBufferPointer { g in
                let at = range.lowerBound
                fk_adam_step(
                  &rule, g.baseAddress! + at, w.baseAddress! + at, m.baseAddress! + at, v.baseAddress! + at,
                  Int64(range.count))
              }
            }
          }
        }
      }
    }
    for (array, expected) in zip(got, [w, m, v]) {
      expectClose(array.doubles(.f32), expected.map(Double.init), 3e-7, "as on the CPU")
    }
    // 1 - 0.999 is 0.001 in double; by the float nearest to 0.999 it would be 0.00100001.
    #expect(abs(got[2].floats(.f32)[2000] / v[2000] - 1) < 1e-6)
    #expect(got[0].floats(.f32)[3..<1021] == values[3..<1021])
  }

  @Test func aScaleOfTheLossCancelsOut() {
    for (a, b) in zip(adam(.forward), adam(.forward, scale: 4096)) { #expect(a.bytes == b.bytes) }
    for (a, b) in zip(sgd(.forward, nesterov: true), sgd(.forward, nesterov: true, scale: 4096)) {
      #expect(a.bytes == b.bytes)
    }
  }

  @Test func alignmentChangesNoBits() {
    for (a, b) in zip(adam(.forward), adam(.forward, shift: 1)) { #expect(a.bytes == b.bytes) }
  }

  @Test func nothingChangesAfterABadLossOrASkippedStep() {
    for state in [
      adam(.forward, flag: 1), adam(.forward, skip: true), sgd(.forward, nesterov: false, flag: 1),
      sgd(.forward, nesterov: false, skip: true),
    ] {
      #expect(state[0].floats(.f32) == values)
      for slot in state.dropFirst() { #expect(slot.floats(.f32).allSatisfy { $0 == 0 }) }
    }
  }

  /// Values and velocity after three updates.
  private func sgd(
    _ order: ThreadOrder, momentum: Float = 0.9, nesterov: Bool, scale: Float = 1, skip: Bool = false,
    flag: UInt32 = 0
  ) -> [DeviceArray] {
    let weights = DeviceArray(.f32, values)
    let velocity = DeviceArray(.f32, [Float](repeating: 0, count: Self.count))
    for update in 1...3 {
      launch(
        "sgd", .pass(count: Self.count), order,
        [
          .array(weights), .array(DeviceArray(.f32, gradients.map { $0 * scale })),
          .array(momentum == 0 ? nil : velocity), .count(Self.count), .array(DeviceArray(segments)),
          .int(segments.count), .array(DeviceArray([table(update: update, scale: scale, skip: skip)])),
          .array(DeviceArray([flag])), .float(momentum), .float(0.1), .float(0.02), .int(nesterov ? 1 : 0),
        ])
    }
    return [weights, velocity]
  }

  @Test(arguments: [(Float(0), false), (0.9, false), (0.9, true)])
  func sgdIsTheCPUs(_ momentum: Float, _ nesterov: Bool) {
    let got = inEveryOrder { sgd($0, momentum: momentum, nesterov: nesterov) }
    var (w, velocity) = (values, [Float](repeating: 0, count: Self.count))
    for update in 1...3 {
      forEachSegment { range, segment in
        var rule = fk_sgd(
          learning_rate: 0.01 * segment.rate, momentum: momentum, dampening: 0.1,
          weight_decay: 0.02 * segment.decay, nesterov: nesterov ? 1 : 0, initial: update == 1 ? 1 : 0)
        w.withUnsafeMutableBufferPointer { w in
          velocity.withUnsafeMutableBufferPointer { v in
            gradients.withUnsafeBufferPointer { g in
              let at = range.lowerBound
              fk_sgd_step(
                &rule, g.baseAddress! + at, w.baseAddress! + at, v.baseAddress! + at, Int64(range.count))
            }
          }
        }
      }
    }
    expectClose(got[0].doubles(.f32), w.map(Double.init), 3e-7, "values")
    expectClose(got[1].doubles(.f32), velocity.map(Double.init), 3e-7, "velocity")
  }
}
