import Testing

@testable import Basics
@testable import CPUEngine
@testable import Networks

/// The effort of programs, and the times predicted from it. Only `aMachineHasRates` measures a time.
@Suite struct TimePredictionTests {
  private static let slow = MachineRates(
    threads: 2, peakFLOPS: 1e9, copyBytesPerSecond: 1e8, cachedBytesPerSecond: 4e8, productFLOPS: 8e8,
    bfloat16FLOPS: nil,
    secondsPerCall: 0)
  private static let fast = MachineRates(
    threads: 2, peakFLOPS: 3e9, copyBytesPerSecond: 3e8, cachedBytesPerSecond: 12e8, productFLOPS: 24e8,
    bfloat16FLOPS: nil,
    secondsPerCall: 0)

  private func program(
    _ input: Shape, channels: Int, _ window: Window, _ kernels: KernelPath
  ) -> CPUProgram {
    var graph = Graph()
    let image = graph.input("x", input)
    let x = graph.convolution(image, "front", channels: input.channels, window: Window(1, 1))
    let y = graph.convolution(x, "c", channels: channels, window: window)
    let logits = graph.linear(graph.globalAveragePool(y), "fc", outputs: 3)
    let objective = Objective(name: "loss", logits: logits, loss: .binaryCrossEntropy)
    return graph.differentiated([objective]).loweredForCPU(.training, kernels: kernels)
  }

  private func products(_ program: CPUProgram, _ layer: String) -> Int {
    program.instructions.filter { $0.layer.hasPrefix(layer) }.reduce(0) { $0 + $1.effort.products }
  }

  /// Direct kernels compute every product once, at any stride. Winograd computes a quarter of them on whole tiles.
  @Test(arguments: KernelPath.available) func effortCountsTheComputedProducts(_ kernels: KernelPath) {
    let shape = Shape(2, 8, 12, 64)
    let wide = program(shape, channels: 64, Window(3, 3, padding: 1), kernels)
    let all = 3 * 2 * shape.rows * 64 * 64 * 9
    #expect(products(wide, "c") == (kernels == .reference ? all : all / 4))
    let pointwise = program(shape, channels: 96, Window(1, 1), kernels)
    #expect(products(pointwise, "c") == 3 * 2 * shape.rows * 64 * 96)
    // All passes count every tap, those in the padding too.
    let strided = program(shape, channels: 32, Window(3, 3, stride: 2, padding: 1), kernels)
    #expect(products(strided, "c") == 3 * 2 * shape.rows / 4 * 64 * 32 * 9)
  }

  @Test func timeFollowsFromRatesAndSizes() {
    let window = Window(3, 3, padding: 1)
    let small = program(Shape(16, 64, 64, 64), channels: 64, window, .blas)
    let large = program(Shape(32, 64, 64, 64), channels: 64, window, .blas)
    let seconds = small.predictedSeconds(on: Self.slow)
    let sections = Double(small.instructions.count) * Self.slow.secondsPerSection
    let fast = small.predictedSeconds(on: Self.fast)
    let expected = (seconds - sections) / 3 + sections
    #expect(abs(fast - expected) < 1e-9 * seconds)
    let ratio = large.predictedSeconds(on: Self.slow) / seconds
    #expect(ratio > 1.8 && ratio < 2.2)
  }

  /// A buffer that a cache holds until the next instruction is near. A buffer kept for the backward pass of a larger
  /// network is far.
  @Test func trafficIsNearWhereCachesHoldIt() {
    let window = Window(3, 3, padding: 1)
    let small = program(Shape(1, 16, 16, 64), channels: 64, window, .blas)
    let traffic = small.traffic.reduce(into: Traffic()) {
      ($0.near, $0.far) = ($0.near + $1.near, $0.far + $1.far)
    }
    // Only the image and the targets come from memory.
    #expect(traffic.far == 4 * (16 * 16 * 64 + 3), "near \(traffic.near)")
    #expect(traffic.near > 5 * traffic.far)
    let large = program(Shape(16, 64, 64, 64), channels: 64, window, .blas)
    let (far, near) = large.traffic.reduce((0, 0)) { ($0.0 + $1.far, $0.1 + $1.near) }
    #expect(far > 20 * near, "far \(far), near \(near)")
  }

  /// On two threads, three tasks take as long as four.
  @Test func tasksThatDoNotDivideEvenlyTakeLonger() {
    #expect(Self.slow.idleFactor(tasks: 1) == 2)
    #expect(Self.slow.idleFactor(tasks: 2) == 1)
    #expect(abs(Self.slow.idleFactor(tasks: 3) - 4.0 / 3) < 1e-12)
    #expect(Self.slow.idleFactor(tasks: nil) == 1)
  }

  @Test func aMachineHasRates() throws {
    let pool = try ThreadPool(threads: 2)
    for kernels in KernelPath.available {
      let rates = try MachineRates.measured(on: pool, kernels: kernels)
      #expect(rates.threads == 2)
      // Limits that hold on any machine, even a busy one; a wrong unit would exceed them.
      for rate in [rates.copyBytesPerSecond, rates.productFLOPS, rates.peakFLOPS] {
        #expect(rate > 1e7 && rate < 1e15)
      }
    }
  }
}
