import CUDAEngine
import Testing

/// Barriers and shuffles of the engine's own kernels: a launch that leaves them out, or takes other lanes, gives other
/// bits in at least one order of threads. No barrier of these kernels can be left out unseen.
@Suite struct KernelMistakeTests {
  /// A kernel, with arguments of which the last array is the result.
  struct Call: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let mistake: LaunchMistake
    let shape: LaunchShape
    let result: Int
    let arguments: @Sendable (DeviceArray) -> [Argument]

    init(
      _ kernel: String, _ mistake: LaunchMistake, _ shape: LaunchShape, result: Int,
      _ arguments: @escaping @Sendable (DeviceArray) -> [Argument]
    ) {
      (testDescription, self.mistake, self.shape) = (kernel, mistake, shape)
      (self.result, self.arguments) = (result, arguments)
    }

    /// The bits of the result.
    func bits(_ order: ThreadOrder, _ mistake: LaunchMistake) -> [UInt8] {
      let out = DeviceArray(.f32, count: result)
      #expect(attempt(testDescription, shape, order, arguments(out), mistake) == nil)
      return out.bytes
    }
  }

  private static let (rows, channels, classes) = (300, 72, 10)
  private static let slabRows = LaunchShape.slabRows(rows: rows, channels: channels)
  private static let columns = LaunchShape.columns(rows: rows, channels: channels)

  private static func numbers(_ count: Int, _ seed: UInt64 = 1) -> Argument {
    .array(DeviceArray(.f32, normal(count, seed: seed)))
  }

  private static let calls = [
    Call("column_sums_f32", .noBarriers, columns, result: columns.rows * channels) {
      [numbers(rows * channels), .array($0), .int(rows), .int(channels), .int(slabRows)]
    },
    Call("norm_moments_f32", .noBarriers, columns, result: columns.rows * 2 * channels) {
      [numbers(rows * channels), .array($0), .int(rows), .int(channels), .int(slabRows)]
    },
    Call("norm_backward_sums_f32", .noBarriers, columns, result: columns.rows * 2 * channels) {
      [
        numbers(rows * channels), numbers(rows * channels, 2), .array(nil), numbers(4 * channels, 3),
        .array($0), .int(rows), .int(channels), .int(slabRows), .int(0),
      ]
    },
    Call("column_sums_finish", .noBarriers, .channels(channels), result: channels) {
      [numbers(40 * channels), .array($0), .int(40), .int(channels)]
    },
    Call("loss_bce", .noBarriers, .one, result: 2) { loss($0) },
    Call("loss_ce", .noBarriers, .one, result: 2) { loss($0) },
    Call("linear_forward", .wrongLanes, .warps(3 * classes), result: 3 * classes) {
      [
        numbers(3 * channels), numbers(classes * channels, 2), .array($0), .int(3), .int(channels),
        .int(classes),
      ]
    },
    Call("attention_f32", .wrongLanes, .heads(6, tokens: 40), result: 6 * 40 * 16) { attention($0) },
    Call("attention_f32", .noBarriers, .heads(6, tokens: 40), result: 6 * 40 * 16) { attention($0) },
    Call("layer_norm_f32", .wrongLanes, .warps(3), result: 3 * channels) {
      [
        numbers(3 * channels), numbers(channels, 2), numbers(channels, 3), .array($0), .int(3),
        .int(channels),
        .float(1e-5),
      ]
    },
  ]

  /// Arguments of an attention of two images of 40 tokens, with three heads of 16 channels.
  private static func attention(_ out: DeviceArray) -> [Argument] {
    (1...3).map { numbers(2 * 40 * 48, UInt64($0)) }
      + [.array(out), .int(40), .int(48), .int(3), .float(0.25)]
  }

  /// Arguments of a loss of 100 samples; the result is its double.
  private static func loss(_ out: DeviceArray) -> [Argument] {
    let targets = normal(100 * classes, seed: 2).map { min(1, max(0, $0)) }
    return [
      numbers(100 * classes), .array(DeviceArray(.f32, targets)), .array(nil), .array(out),
      .array(DeviceArray([UInt32(0)])), .int(100), .int(classes), .array(DeviceArray([StepTable()])),
    ]
  }

  @Test(arguments: calls) func isFound(_ call: Call) {
    let right = ThreadOrder.allCases.map { call.bits($0, .none) }
    #expect(right.allSatisfy { $0 == right[0] })
    #expect(ThreadOrder.allCases.contains { call.bits($0, call.mistake) != right[0] })
  }
}
