import Basics
import CPUEngine
import Networks
import TestSupport
import Testing

/// Activations and operands in bfloat16, against PyTorch's float64 and against the interpreter; native products
/// against emulated ones.
///
/// Limits are counts of roundings, each off by at most u = 2⁻⁹ of a number. For comparison: PyTorch 2.13 under
/// autocast in bfloat16, on the convolutions of the reference set. Its outputs are off by 4.7e-3, its gradients by
/// 4.9e-3 and 5.8e-3, which is 2.4 u to 3 u.
@Suite struct PrecisionTests {
  private static let u = 0x1p-9

  /// The limit is three roundings, of both operands and of the result, and a fourth for terms that cancel.
  @Test(arguments: ConvolutionTests.cases, Arithmetic.halves)
  func convolutionAgreesWithTheReference(_ reference: JSON, _ arithmetic: Arithmetic) throws {
    let errors = try ConvolutionTests.errors(reference, arithmetic)
    #expect(errors.y < 4 * Self.u && errors.gx < 4 * Self.u && errors.gw < 4 * Self.u, "\(errors)")
    // Biases and their gradients are float32: a bias gradient is a sum of gradients that have not been rounded.
    #expect(errors.gb < tolerance(reference.f32_rel.gb), "\(errors)")
  }

  /// The maximum of rounded numbers is the rounded maximum.
  @Test(arguments: PointwiseReference.cases("maxpool"), Arithmetic.halves)
  func maxPoolOfRoundedValues(_ reference: JSON, _ arithmetic: Arithmetic) throws {
    let key = reference.key.string!
    func tensor(_ name: String) -> ReferenceTensors.Entry {
      PointwiseReference.tensors["\(key).\(name)"]
    }
    let (size, shape) = (reference.kernel.int!, tensor("x").imageShape)
    var graph = Graph()
    var x = graph.input("x", shape)
    x = graph.convolution(x, "identity", channels: shape.channels, window: Window(1, 1))
    graph.markOutput(
      graph.maxPool(x, Window(size, size, stride: reference.stride.int!, padding: reference.pad.int!)), "y")
    let bench = try Workbench(
      graph, .inference, kernels: arithmetic.kernels, precision: arithmetic.precision)
    bench.store.set("identity.weight", identity(shape.channels))
    bench[input: "x"] = tensor("x").imageFloats
    bench.run()
    #expect(bench.output("y") == tensor("y").imageFloats.map(\.roundedToBFloat16))
  }

  /// Up to four convolutions with batch norms between them. Each convolution takes three roundings in the forward and
  /// three in the backward pass, and a few of the errors add up. Of a few hundred ReLU inputs a rounding changes the
  /// sign of one or two.
  @Test(arguments: FusionPatternTests.patterns, Arithmetic.halves)
  func patternAgreesWithTheInterpreter(
    _ pattern: FusionPatternTests.Pattern, _ arithmetic: Arithmetic
  ) throws {
    let (graph, objective) = pattern.graph(.crossEntropy)
    let errors = try stepErrors(
      graph, [objective], seed: 5, classes: 3, kernels: arithmetic.kernels, precision: arithmetic.precision)
    #expect(errors.outputs < 6 * Self.u && errors.losses < Self.u && errors.statistics < Self.u, "\(errors)")
    #expect(errors.gradients < 30 * Self.u, "\(errors)")
  }

  /// Longer chains, with batch norms of few values that cancel. If the lowering joins operations wrongly, the errors
  /// are as large as the values.
  @Test(arguments: 0..<60 as Range<UInt64>) func randomGraphsAgreeWithTheInterpreter(_ seed: UInt64) throws {
    for arithmetic in Arithmetic.halves {
      var random = RandomStream(seed: seed)
      let (graph, logits) = RandomGraphTests.graph(&random)
      let errors = try stepErrors(
        graph, [Objective(name: "loss", logits: logits, loss: .crossEntropy)], seed: seed, classes: 3,
        kernels: arithmetic.kernels, precision: arithmetic.precision)
      #expect(
        errors.outputs < 10 * Self.u && errors.losses < 2 * Self.u && errors.statistics < 3 * Self.u,
        "\(errors)")
      #expect(errors.gradients < 0.6, "\(errors)")
    }
  }

  /// Forward pass and gradients with every kind of split, and with a batch norm and a ReLU that readers apply as they
  /// load.
  @Test(arguments: KernelPathTests.cases, Arithmetic.halves)
  func sizesAgreeWithTheInterpreter(_ size: KernelPathTests.Case, _ arithmetic: Arithmetic) throws {
    let graph = Self.graph(size)
    let bench = try Self.run(graph, arithmetic)
    var reference = ReferenceInterpreter(graph, at: bench)
    reference.run()
    func error(_ weight: String) -> Double {
      normError(bench.store.gradient(weight), reference.gradients[bench.store.index(weight)])
    }
    #expect(normError(bench.output("value"), reference.output("value")) < 3 * Self.u)
    #expect(error("c.weight") < 3 * Self.u)
    // This gradient also passes two more products, a batch norm, and ReLUs whose inputs a rounding may turn around.
    #expect(error("front.weight") < 30 * Self.u)
  }

  private static let native = Arithmetic(kernels: .avx512, precision: .bf16)

  /// Native products add pairs in another order, in float32. A sum near the middle of two numbers of bfloat16 may
  /// then be rounded to the other one. That happens to about one in 2¹⁴ sums, with an error of 2 u.
  @Test(
    .enabled(if: Arithmetic.halves.contains(native), "this processor has no products of bfloat16"),
    arguments: KernelPathTests.cases)
  func nativeProductsAgreeWithEmulatedOnes(_ size: KernelPathTests.Case) throws {
    let graph = Self.graph(size)
    let native = try Self.run(graph, Self.native)
    let emulated = try Self.run(graph, Arithmetic(kernels: .avx512, precision: .bf16Emulated))
    func difference(_ values: (Workbench) -> [Float]) -> Double {
      normError(values(native), values(emulated).map(Double.init))
    }
    #expect(difference { $0.output("value") } < Self.u / 8)
    #expect(difference { $0.store.gradient("c.weight") } < Self.u / 8)
    #expect(difference { $0.store.gradient("front.weight") } < Self.u)
  }

  /// A convolution behind a convolution, a batch norm and a ReLU, with its derivative for a given gradient.
  private static func graph(_ size: KernelPathTests.Case) -> Graph {
    var graph = Graph()
    let image = graph.input("x", size.input)
    var x = graph.convolution(image, "front", channels: size.input.channels, window: Window(1, 1))
    x = graph.relu(graph.batchNorm(x, "n"))
    let y = graph.convolution(x, "c", channels: size.channels, window: size.window)
    return graph.pulledBack(from: y)
  }

  private static func run(_ graph: Graph, _ arithmetic: Arithmetic) throws -> Workbench {
    let bench = try Workbench(graph, kernels: arithmetic.kernels, precision: arithmetic.precision)
    bench.store.scramble(seed: 41)
    bench.fillInputs(seed: 41)
    bench.run()
    return bench
  }

  /// In bfloat16 activations take half the memory; buffers in float32 keep their size.
  @Test func activationsTakeHalfTheMemory() {
    let (graph, objectives) = ThinNetwork(shape: (4, 64, 64)).build(.middle(stage: 2, weights: [1, 1]))
    func kept(_ precision: Precision) -> Int {
      graph.differentiated(objectives).loweredForCPU(.training, kernels: .blas, precision: precision)
        .keptBytes.values.reduce(0, +)
    }
    let share = Double(kept(.bf16Emulated)) / Double(kept(.fp32))
    #expect(share > 0.5 && share < 0.55, "\(share)")
  }

  @Test func missingInstructionsAreRefused() throws {
    for kernels in KernelPath.allCases {
      try Precision.fp32.require(kernels, processorHasBF16: false)
      try Precision.bf16Emulated.require(kernels, processorHasBF16: false)
      let error = try #require(throws: InputError.self) {
        try Precision.bf16.require(kernels, processorHasBF16: false)
      }
      #expect(error.kind == .usage && error.subject == "precision")
      #expect(error.problem.contains("this processor lacks the instructions (AVX512_BF16)"))
      #expect(error.remedy == "choose precision bf16-emulated (slower) or fp32")
    }
    try Precision.bf16.require(.avx512, processorHasBF16: true)
    let error = try #require(throws: InputError.self) {
      try Precision.bf16.require(.blas, processorHasBF16: true)
    }
    #expect(error.description.contains("the kernels blas have no products of bfloat16"))
    #expect(error.description.contains("--kernels avx512"))
  }

  @Test(arguments: [Precision.tf32, .fp16]) func precisionsOfGPUsAreRefused(_ precision: Precision) throws {
    let error = try #require(throws: InputError.self) { try precision.require(.blas) }
    #expect(
      error.description
        == "precision: is \(precision.rawValue), which only GPUs have; choose precision bf16-emulated (slower) or fp32, or use a GPU: --device cuda"
    )
    let other = try #require(throws: InputError.self) {
      try precision.require(.avx512, processorHasBF16: true)
    }
    #expect(other.remedy == "choose precision bf16 or fp32, or use a GPU: --device cuda")
  }
}

extension Float {
  /// The nearest number with 8 binary digits, rounding to even if two are equally near.
  fileprivate var roundedToBFloat16: Float {
    let bits = bitPattern
    return Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000)
  }
}
