import Basics
import CPUEngine
import Networks
import Testing

/// Every kernel path on sizes that the reference set does not have.
@Suite struct KernelPathTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let input: Shape
    let channels: Int
    let window: Window

    var testDescription: String {
      "\(input) to \(channels), \(window.height)x\(window.width)/\(window.stride)"
    }
  }

  private static let small = Window(3, 3, padding: 1)

  static let cases = [
    // Winograd: whole tiles, partial tiles, more tiles than a block has, more channels than a slab has.
    Case(input: Shape(2, 8, 8, 64), channels: 64, window: small),
    Case(input: Shape(3, 9, 7, 96), channels: 64, window: small),
    Case(input: Shape(1, 4, 4, 64), channels: 160, window: small),
    Case(input: Shape(5, 28, 21, 64), channels: 96, window: small),
    // Direct: too few channels or pixels, strides, odd sizes.
    Case(input: Shape(2, 2, 2, 64), channels: 64, window: small),
    Case(input: Shape(2, 9, 9, 48), channels: 40, window: small),
    Case(input: Shape(2, 10, 10, 64), channels: 80, window: Window(3, 3, stride: 2, padding: 1)),
    Case(input: Shape(2, 31, 29, 5), channels: 33, window: Window(7, 7, stride: 2, padding: 3)),
    Case(input: Shape(3, 17, 15, 70), channels: 130, window: Window(1, 1)),
    Case(input: Shape(3, 11, 12, 32), channels: 64, window: Window(1, 1, stride: 2)),
    Case(input: Shape(7, 1, 1, 300), channels: 10, window: Window(1, 1)),
  ]

  /// Forward pass and all gradients, with a batch norm and a ReLU that readers apply as they load.
  @Test(arguments: cases, KernelPath.available)
  func convolutionAgreesWithTheInterpreter(_ size: Case, _ kernels: KernelPath) throws {
    var graph = Graph()
    let image = graph.input("x", size.input)
    // The gradient of this convolution's weights needs the input gradient of the convolution behind it.
    var x = graph.convolution(image, "front", channels: size.input.channels, window: Window(1, 1))
    x = graph.relu(graph.batchNorm(x, "n"))
    let y = graph.convolution(x, "c", channels: size.channels, window: size.window)
    graph.markOutput(y, "y")
    let logits = graph.linear(
      graph.globalAveragePool(graph.relu(graph.batchNorm(y, "m"))), "fc", outputs: 3)
    let objective = Objective(name: "loss", logits: logits, loss: .binaryCrossEntropy)
    var errors = try stepErrors(graph, [objective], seed: 31, kernels: kernels)
    #expect(errors.outputs < 1e-5 && errors.losses < 1e-5 && errors.statistics < 1e-5, "\(errors)")
    // Of half a million ReLU inputs one may lie within a rounding of zero, so that its gradient is wrong. With a
    // second seed that is very unlikely to happen again.
    if errors.gradients >= 1e-4 { errors = try stepErrors(graph, [objective], seed: 32, kernels: kernels) }
    #expect(errors.gradients < 1e-4, "\(errors)")
  }

  /// The AVX-512 products sum in one order, so the bits of a sample do not depend on the other samples of the batch.
  @Test(
    .enabled(if: KernelPath.avx512.isAvailable, "this processor has no AVX-512"),
    arguments: Precision.available(.avx512))
  func samplesGetTheSameBitsInAnyBatch(_ precision: Precision) throws {
    func outputs(batch: Int, samples: Range<Int>) throws -> [UInt32] {
      var graph = Graph()
      var x = graph.input("x", Shape(batch, 12, 12, 12))
      x = graph.convolution(x, "stem", channels: 64, window: Window(7, 7, stride: 2, padding: 3))
      x = graph.relu(graph.batchNorm(x, "n"))
      x = graph.relu(graph.batchNorm(graph.convolution(x, "c", channels: 96, window: Self.small), "m"))
      graph.markOutput(graph.convolution(x, "d", channels: 40, window: Window(1, 1, stride: 2)), "y")
      let bench = try Workbench(graph, .inference, kernels: .avx512, precision: precision)
      bench.store.scramble(seed: 32)
      bench[input: "x"] = samples.flatMap { sample in
        var random = RandomStream(seed: 33, path: UInt64(sample))
        return (0..<12 * 12 * 12).map { _ in Float(random.normal()) }
      }
      bench.run()
      return bench.output("y").map(\.bitPattern)
    }
    let together = try outputs(batch: 11, samples: 0..<11)
    #expect(try (0..<11).flatMap { try outputs(batch: 1, samples: $0..<$0 + 1) } == together)
  }

  @Test func flagsNameAPath() throws {
    #expect(try KernelPath(named: nil) == .auto && KernelPath(named: "auto") == .auto)
    #expect(KernelPath.available.contains(.auto))
    for path in KernelPath.allCases {
      if path.isAvailable {
        #expect(try KernelPath(named: path.rawValue) == path)
      } else {
        #expect(throws: InputError.self) { try KernelPath(named: path.rawValue) }
      }
    }
    let error = try #require(throws: InputError.self) { try KernelPath(named: "mkl") }
    #expect(error.kind == .usage && error.description.contains("expected auto, reference, blas or avx512"))
  }
}
