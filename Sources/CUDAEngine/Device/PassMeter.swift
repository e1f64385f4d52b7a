import Basics
import CCUDA
import Networks

/// How fast one kernel reads and writes activations.
package struct PassSpeed: Sendable {
  /// "batch norm, moments".
  package let name: String
  /// The activations `[N, H, W, C]`.
  package let shape: Shape
  /// Bytes that a launch must read and write.
  package let bytes: Int
  /// Seconds of a launch.
  package let seconds: Double

  package var bytesPerSecond: Double { Double(bytes) / seconds }
}

/// Measures kernels over activations of one shape, beside a copy within the GPU.
///
/// Launches take turns over different memory, so that the GPU's cache does not help.
package final class PassMeter {
  private let device: CUDADevice
  private let stream: CUDAStream
  private let shape: Shape
  private let type: CUDAType
  private let repeats: Int
  private let memory: DeviceMemory
  private let small: DeviceMemory

  /// Memory that launches take turns over: several times the cache of any GPU.
  private static let room = 1 << 30
  /// The most activations that a kernel reads and writes.
  private static let mostOperands = 4

  /// - Parameter repeats: launches of one measurement.
  /// - Throws: `InputError` (environment) when the GPU has too little memory.
  package init(_ shape: Shape, _ type: CUDAType, repeats: Int, on device: CUDADevice) throws {
    (self.device, self.shape, self.type, self.repeats) = (device, shape, type, repeats)
    stream = device.stream
    let tensor = CUDAProgram.aligned(shape.count * type.bytes)
    let sets = repeats > 1 ? max(1, min(repeats, Self.room / (Self.mostOperands * tensor))) : 1
    memory = try DeviceMemory(
      sets * Self.mostOperands * tensor, on: stream.context, for: "activations of a measurement")
    let partial = 8 * LaunchShape.columns(rows: shape.rows, channels: shape.channels).rows * shape.channels
    small = try DeviceMemory(
      CUDAProgram.aligned(16 * shape.channels) + partial, on: stream.context, for: "sums of a measurement")
    try stream.fill(memory.bytes, at: memory.address, with: 0, "clearing memory")
    try stream.fill(small.bytes, at: small.address, with: 0, "clearing memory")
    try stream.synchronise("clearing memory")
  }

  private var tensor: Int { CUDAProgram.aligned(shape.count * type.bytes) }

  /// One kernel: its arguments follow from the addresses of four activations.
  private struct Pass {
    let name: String
    let kernel: String
    /// Activations that it reads and writes.
    let operands: Int
    let shape: LaunchShape
    let arguments: ([fcu_address]) -> [PackedArguments.Value]
  }

  private var passes: [Pass] {
    let (rows, channels, count) = (shape.rows, shape.channels, shape.count)
    let vectors = PackedArguments.Value.address(small.address)
    let partial = PackedArguments.Value.address(
      small.address + UInt64(CUDAProgram.aligned(16 * channels)))
    let columns = LaunchShape.columns(rows: rows, channels: channels)
    let sums: [PackedArguments.Value] = [
      .int(Int32(rows)), .int(Int32(channels)),
      .int(Int32(LaunchShape.slabRows(rows: rows, channels: channels))),
    ]
    let nothing = PackedArguments.Value.address(0)
    let size: [PackedArguments.Value] = [.count(count), .int(Int32(channels))]
    return [
      Pass(name: "batch norm, moments", kernel: "norm_moments", operands: 1, shape: columns) {
        [.address($0[0]), partial] + sums
      },
      Pass(name: "batch norm, ReLU", kernel: "norm_apply", operands: 2, shape: .pass(count: count)) {
        [.address($0[0]), vectors, nothing, nothing, .address($0[1])] + size + [.int(1)]
      },
      Pass(
        name: "batch norm, sum, ReLU", kernel: "norm_apply", operands: 3, shape: .pass(count: count)
      ) {
        [.address($0[0]), vectors, .address($0[1]), nothing, .address($0[2])] + size + [.int(1)]
      },
      Pass(
        name: "batch norm, gradient sums", kernel: "norm_backward_sums", operands: 2,
        shape: columns
      ) {
        [.address($0[0]), .address($0[1]), nothing, vectors, partial] + sums + [.int(1)]
      },
      Pass(
        name: "batch norm, gradient", kernel: "norm_backward_apply", operands: 3,
        shape: .pass(count: count)
      ) {
        [.address($0[0]), .address($0[1]), nothing, vectors, vectors, .address($0[2])] + size + [.int(1)]
      },
    ]
  }

  /// The copy first, then each kernel.
  /// - Throws: `InputError` when the GPU fails.
  package func run() throws -> [PassSpeed] {
    try stream.context.makeCurrent()
    var speeds = [
      PassSpeed(
        name: "copy", shape: shape, bytes: 2 * shape.count * type.bytes,
        seconds: try seconds {
          let places = operands($0)
          try stream.copy(shape.count * type.bytes, from: places[0], to: places[1], "a copy")
        })
    ]
    for pass in passes {
      let kernel = "\(pass.kernel)_\(type.rawValue)"
      let function = try device.kernels.function(kernel)
      // The memory of the arguments must stay until the launch is done.
      let arguments = (0..<repeats).map { PackedArguments(pass.arguments(operands($0))) }
      let time = try seconds { try stream.launch(function, kernel, arguments[$0], pass.shape) }
      speeds.append(
        PassSpeed(
          name: pass.name, shape: shape, bytes: pass.operands * shape.count * type.bytes, seconds: time))
    }
    return speeds
  }

  /// The places of the activations in the turn of a launch.
  private func operands(_ turn: Int) -> [fcu_address] {
    let sets = memory.bytes / (Self.mostOperands * tensor)
    return (0..<Self.mostOperands).map {
      memory.address + UInt64((turn % sets * Self.mostOperands + $0) * tensor)
    }
  }

  /// Seconds of one of `repeats` launches in a row: the median of three measurements after one that does not count.
  private func seconds(_ launch: (_ turn: Int) throws -> Void) throws -> Double {
    var times: [Double] = []
    for round in 0..<4 {
      let start = ContinuousClock.now
      for turn in 0..<repeats { try launch(turn) }
      try stream.synchronise("a measurement")
      if round > 0 { times.append((ContinuousClock.now - start) / .seconds(1) / Double(repeats)) }
    }
    return times.sorted()[1]
  }
}
