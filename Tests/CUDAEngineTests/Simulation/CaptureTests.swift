import Basics
import CCUDA
import SimulatedGPU
import Testing

@testable import CUDAEngine

/// Graphs on the simulated device: captured once, launched often, with work on a second stream.
@Suite struct CaptureTests {
  private static let count = 100
  private let values = (0..<count).map { Float($0) }

  /// A captured graph computes nothing until it is launched, and then what is in memory at that time.
  @Test(arguments: SimulatedGPU.Order.allCases) func graphsAreLaunchedOften(_ order: SimulatedGPU.Order)
    throws
  {
    try SimulatedGPU.exclusive(order) { environment in
      let program = try SimulatedProgram(environment)
      let stream = try program.stream()
      let x = try program.upload(values, in: stream)
      let launches = SimulatedGPU.count(.launches)
      let graph = try stream.capture { try program.double(x.address, x.address, Self.count, in: stream) }
      #expect(try program.download(Self.count, from: x.address, in: stream) == values)
      for _ in 0..<3 { try graph.launch(in: stream) }
      #expect(try program.download(Self.count, from: x.address, in: stream) == values.map { 8 * $0 })
      #expect(SimulatedGPU.count(.launches) == launches + 1 + 3)
    }
  }

  /// A second stream joins the capture by an event, and the first waits for it.
  private func forked(_ order: SimulatedGPU.Order, waits: Bool) throws -> [Float] {
    try SimulatedGPU.exclusive(order) { environment in
      let program = try SimulatedProgram(environment)
      let (stream, other) = (try program.stream(), try program.stream())
      let x = try program.upload(values, in: stream)
      let (y, z) = (try program.memory(Self.count), try program.memory(Self.count))
      let (begin, end) = (try program.event(), try program.event())
      let graph = try stream.capture {
        try program.double(x.address, y.address, Self.count, in: stream)
        try begin.record(in: stream)
        try other.wait(for: begin)
        try program.double(y.address, z.address, Self.count, in: other)
        try end.record(in: other)
        if waits { try stream.wait(for: end) }
        try program.double(z.address, x.address, Self.count, in: stream)
        if !waits { try stream.wait(for: end) }
      }
      try graph.launch(in: stream)
      return try program.download(Self.count, from: x.address, in: stream)
    }
  }

  @Test(arguments: SimulatedGPU.Order.allCases) func aSecondStreamIsCaptured(_ order: SimulatedGPU.Order)
    throws
  {
    let expected = values.map { 8 * $0 }
    #expect(try forked(order, waits: true) == expected)
    let isRight = try forked(order, waits: false) == expected
    #expect(isRight == (order == .eager || order == .first), "\(order)")
  }

  /// cuDNN may refuse to be captured. The stream can be used without a capture then.
  @Test func aCaptureThatFailsLeavesTheStream() throws {
    try SimulatedGPU.exclusive { environment in
      let program = try SimulatedProgram(environment)
      let stream = try program.stream()
      let convolution = try ConvolutionProblem.small.placed(program, in: stream)
      SimulatedGPU.set("simulated_set_cudnn_capturable", 0)
      let error = #expect(throws: InputError.self) {
        _ = try stream.capture { try convolution.bound.run() }
      }
      #expect(error?.problem.contains("cannot be captured") == true, "\(String(describing: error))")
      try convolution.bound.run()
      try stream.synchronise("a test")
      withExtendedLifetime(convolution) {}
    }
  }
}
