extension Graph {
  /// The means under `height` × `width` windows that divide the image, `[N, height, width, C]`.
  package mutating func adaptiveAveragePool(
    _ x: ValueID, height: Int, width: Int, _ name: String = "avgpool"
  ) -> ValueID {
    append(.adaptiveAveragePool(Operation.AdaptiveAveragePool(height: height, width: width)), [x], name: name)
  }
}

extension Operation {
  /// The means under a grid of windows that covers the image, whatever its size, as `torch.nn.AdaptiveAvgPool2d`.
  ///
  /// Window i of k on n pixels covers the pixels ⌊i n / k⌋ to ⌈(i + 1) n / k⌉ − 1. Windows overlap where k does not divide
  /// n. Where n is smaller than k, several windows see the same pixels. Example: 2 windows on 3 pixels cover the pixels
  /// 0–1 and 1–2.
  package struct AdaptiveAveragePool: PassRules {
    package let height, width: Int

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape {
      Shape(inputs.only.batch, height, width, inputs.only.channels)
    }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] {
      let toInput = AdaptiveAveragePoolGradient(input: tape.inputShape(0))
      return [tape.gradient(of: 0, .adaptiveAveragePoolGradient(toInput), [gradient])]
    }
    var title: LayerTitle { .layer("average pool to \(height)×\(width)") }
    /// The result is small: it costs less to keep than to compute again.
    var repetition: Repetition { .never }
  }

  /// Input: gradient. `input` is the shape of the pooling's input.
  package struct AdaptiveAveragePoolGradient: PassRules, DerivativeRules {
    package let input: Shape

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { input }
  }
}
