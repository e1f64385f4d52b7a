import CPUEngine
import Foundation
import Networks
import Testing

/// Errors of ResNet101's convolutions on every kernel path and precision, against float64. An error is the norm of
/// all differences over the norm of the exact result.
///
/// With FUSIONCTL_TABLES set the errors are printed as rows of the table in docs/performance.md.
@Suite struct AccuracyTests {
  /// A layer, and PyTorch 2.13's errors in float32 on numbers of the same distribution (channels_last, one thread):
  /// of the output, of the gradient of the input, of the gradient of the weight.
  struct Layer: Sendable, CustomTestStringConvertible {
    let name: String
    let input: Shape
    let channels: Int
    let window: Window
    let pytorch: [Double]

    var testDescription: String { name }
  }

  private static let small = Window(3, 3, padding: 1)

  static let layers = [
    Layer(
      name: "layer1 3×3", input: Shape(1, 64, 64, 64), channels: 64, window: small,
      pytorch: [4.3e-7, 4.2e-7, 2.7e-7]),
    Layer(
      name: "layer2 3×3", input: Shape(1, 32, 32, 128), channels: 128, window: small,
      pytorch: [6.0e-7, 6.0e-7, 1.7e-7]),
    Layer(
      name: "layer3 3×3", input: Shape(1, 16, 16, 256), channels: 256, window: small,
      pytorch: [8.3e-7, 8.3e-7, 1.0e-7]),
    Layer(
      name: "layer4 3×3", input: Shape(1, 8, 8, 512), channels: 512, window: small,
      pytorch: [1.1e-6, 1.1e-6, 7.5e-8]),
    Layer(
      name: "layer3 1×1", input: Shape(1, 16, 16, 1024), channels: 256, window: Window(1, 1),
      pytorch: [2.5e-7, 2.1e-7, 2.1e-7]),
    Layer(
      name: "layer2 3×3/2", input: Shape(1, 64, 64, 128), channels: 128,
      window: Window(3, 3, stride: 2, padding: 1), pytorch: [6.1e-7, 2.6e-7, 5.7e-7]),
    Layer(
      name: "stem 7×7/2", input: Shape(1, 64, 64, 12), channels: 64,
      window: Window(7, 7, stride: 2, padding: 3), pytorch: [4.3e-7, 2.7e-7, 5.6e-7]),
  ]

  /// PyTorch's error in bfloat16, the same for every layer and pass. Two operands and a result are rounded, with an
  /// error of 1.7e-3 each: √3 · 1.7e-3.
  private static let pytorchBF16 = 2.9e-3

  @Test(arguments: layers)
  func errorsAreNearPyTorchs(_ layer: Layer) throws {
    var graph = Graph()
    let x = graph.probedInput("x", layer.input)
    let y = graph.convolution(x, "conv", channels: layer.channels, window: layer.window)
    let derivative = graph.pulledBack(from: y)
    var reference: ReferenceInterpreter?

    for kernels in KernelPath.available {
      for precision in Precision.available(kernels) {
        let bench = try Workbench(derivative, kernels: kernels, precision: precision)
        bench.store.scramble(seed: 41)
        bench.store.set("x.probe", .init(repeating: 0, count: layer.input.channels))
        bench.fillInputs(seed: 42)
        bench.run()
        if reference == nil {
          reference = ReferenceInterpreter(derivative, at: bench)
          reference!.run()
        }
        let weight = bench.store.index("conv.weight")
        let errors = [
          normError(bench.output("value"), reference!.output("value")),
          normError(bench.output("gradient.x"), reference!.output("gradient.x")),
          normError(bench.store.gradientTensor(weight).values, reference!.gradients[weight]),
        ]
        for (pass, error) in errors.enumerated() {
          let limit = precision == .fp32 ? 10 * layer.pytorch[pass] : 1.1 * Self.pytorchBF16
          #expect(error < limit, "\(layer.name), \(kernels), \(precision), pass \(pass)")
        }
        if ProcessInfo.processInfo.environment["FUSIONCTL_TABLES"] != nil {
          let cells = errors.map { String(format: "%.1e", $0) }.joined(separator: " | ")
          print("| \(layer.name) | \(kernels) | \(precision.rawValue) | \(cells) |")
        }
      }
    }
  }
}
