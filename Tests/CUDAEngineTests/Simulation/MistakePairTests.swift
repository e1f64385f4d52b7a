import Basics
import CCUDA
import SimulatedGPU
import Testing

@testable import CUDAEngine

/// Programs with one mistake, and the same programs without it. The mistake is found by a complaint of the device, or by
/// wrong numbers; the right program has neither.
@Suite struct MistakePairTests {
  struct Pair: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// What finds the mistake: words of the complaint; nil for wrong numbers.
    let complaint: String?
    let expected: [Float]
    /// Runs the program, and gives its numbers.
    let body: @Sendable (SimulatedProgram, _ isWrong: Bool) throws -> [Float]

    init(
      _ name: String, _ complaint: String?, _ expected: [Float],
      _ body: @escaping @Sendable (SimulatedProgram, _ isWrong: Bool) throws -> [Float]
    ) {
      (testDescription, self.complaint, self.expected, self.body) = (name, complaint, expected, body)
    }
  }

  @Test(arguments: pairs, [false, true]) func isFoundOnlyInTheWrongProgram(_ pair: Pair, isWrong: Bool) throws
  {
    var numbers: [Float] = []
    let complaint = try SimulatedGPU.complaint { environment in
      let program = try SimulatedProgram(environment)
      do { numbers = try pair.body(program, isWrong) } catch  where isWrong && pair.complaint != nil {}
    }
    let isRight =
      numbers.count == pair.expected.count && zip(numbers, pair.expected).allSatisfy { abs($0 - $1) < 1e-5 }
    if isWrong, let words = pair.complaint {
      #expect(complaint?.contains(words) == true, "found: \(complaint ?? "nothing")")
    } else {
      #expect(isRight != isWrong && complaint == nil, "\(numbers), \(complaint ?? "no complaint")")
    }
  }

  private static let (values, doubled): ([Float], [Float]) = ([1, 2, 3, 4], [2, 4, 6, 8])

  private static let pairs = [
    Pair("a buffer is freed before the kernel that reads it is done", "memory that queued work uses", doubled)
    {
      program, isWrong in
      let (stream, y) = (try program.stream(), try program.memory(4))
      func queue() throws {
        let x = try program.upload(values, to: program.temporary(4), in: stream)
        try program.double(x.address, y.address, 4, in: stream)
        try withExtendedLifetime(x) { if !isWrong { try stream.synchronise("a test") } }
      }
      try queue()
      return try program.download(4, from: y.address, in: stream)
    },
    Pair("a buffer is used after it was freed", "argument 0 is not in the memory of the device", doubled) {
      program, isWrong in
      let (stream, y) = (try program.stream(), try program.memory(4))
      var x: DeviceMemory? = try program.upload(values, to: program.temporary(4), in: stream)
      let address = x!.address
      if isWrong { x = nil }
      try program.double(address, y.address, 4, in: stream)
      try stream.synchronise("a test")
      return try withExtendedLifetime(x) { try program.download(4, from: y.address, in: stream) }
    },
    Pair("a step reads the slot of the step before", nil, [2, 4, 6, 8]) { program, isWrong in
      let (stream, y) = (try program.stream(), try program.memory(4))
      let slots = try (0..<2).map { _ in try program.memory(1) }
      let locked = try program.locked(values)
      for step in 0..<4 {
        try stream.copy(4, from: locked.pointer + 4 * step, to: slots[step % 2].address, "a test")
        let read = isWrong ? (step + 1) % 2 : step % 2
        try program.double(slots[read].address, y.address + UInt64(4 * step), 1, in: stream)
      }
      return try program.download(4, from: y.address, in: stream)
    },
    Pair("a batch is shorter than what is computed of it", nil, doubled) { program, isWrong in
      let (stream, x, y) = (try program.stream(), try program.memory(4), try program.memory(4))
      let locked = try program.locked(values)
      try stream.copy(isWrong ? 12 : 16, from: locked.pointer, to: x.address, "a test")
      try program.double(x.address, y.address, 4, in: stream)
      return try program.download(4, from: y.address, in: stream)
    },
    Pair(
      "a tensor of a convolution is not aligned", "tensor 1 is not aligned as promised",
      ConvolutionProblem.small.expected.map(Float.init)
    ) { program, isWrong in
      try RawConvolution(program) { if isWrong { $0.x += 8 } }.result(program)
    },
    Pair("the optimizer does not look at the flag of the loss", nil, [5]) { program, isWrong in
      try updated(program, logit: .nan, readsFlag: !isWrong)
    },
    Pair("nobody looks for gradients that overflow", nil, [5]) { program, isWrong in
      let stream = try program.stream()
      let (gradient, parameter) = (
        try program.upload([.infinity], in: stream), try program.upload([5], in: stream)
      )
      let step = try program.upload(value: StepTable(), in: stream)
      if !isWrong {
        let skip = step.address + UInt64(MemoryLayout<StepTable>.offset(of: \.skip)!)
        try stream.launch(
          program.kernels.function("finite_flag"), "finite_flag",
          PackedArguments([.address(gradient.address), .count(1), .address(skip)]), .strided(1))
      }
      return try moved(
        program, parameter, by: gradient, step, flags: program.upload([0], in: stream), in: stream)
    },
  ]

  /// The value of one parameter after an update by SGD.
  /// - Parameter flag: byte of `flags` where the optimizer reads the flag of the loss.
  private static func moved(
    _ program: SimulatedProgram, _ parameter: DeviceMemory, by gradient: DeviceMemory, _ step: DeviceMemory,
    flags: DeviceMemory, flag: UInt64 = 0, in stream: CUDAStream
  ) throws -> [Float] {
    let segment = try program.upload(
      value: UpdateSegment(end: 1, rate: 1, decay: 1, isFrozen: false), in: stream)
    try stream.launch(
      program.kernels.function("sgd"), "sgd",
      PackedArguments([
        .address(parameter.address), .address(gradient.address), .address(0), .count(1),
        .address(segment.address), .int(1), .address(step.address), .address(flags.address + flag),
        .float(0), .float(0), .float(0), .int(0),
      ]), .pass(count: 1))
    return try program.download(1, from: parameter.address, in: stream)
  }

  /// The loss of one logit, whose gradient moves one parameter of value 5.
  /// - Parameter readsFlag: whether the optimizer reads the flag that the loss has set.
  private static func updated(_ program: SimulatedProgram, logit: Float, readsFlag: Bool) throws -> [Float] {
    let stream = try program.stream()
    let logits = try program.upload([logit], in: stream)
    let (targets, parameter) = (
      try program.upload([1], in: stream), try program.upload([5], in: stream)
    )
    let (gradient, loss) = (try program.memory(1), try program.memory(2))
    let flags = try program.memory(2)
    var table = StepTable()
    table.learningRate = 1
    let step = try program.upload(value: table, in: stream)
    try stream.fill(8, at: flags.address, with: 0, "a test")
    try stream.launch(
      program.kernels.function("loss_bce"), "loss_bce",
      PackedArguments([
        .address(logits.address), .address(targets.address), .address(gradient.address),
        .address(loss.address), .address(flags.address), .int(1), .int(1), .address(step.address),
      ]), .one)
    return try moved(
      program, parameter, by: gradient, step, flags: flags, flag: readsFlag ? 0 : 4, in: stream)
  }

  /// Where the loss is finite the parameter moves: 5 − (σ(0) − 1) = 5.5.
  @Test func aFiniteLossMovesTheParameter() throws {
    let moved = try SimulatedGPU.exclusive { environment in
      try Self.updated(SimulatedProgram(environment), logit: 0, readsFlag: true)
    }
    #expect(moved == [5.5])
  }
}
