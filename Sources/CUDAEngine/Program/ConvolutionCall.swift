import Networks

/// One pass of a convolution, computed by cuDNN. Images are `[N, H, W, C]`, weights `[Cout, KH, KW, Cin]`.
struct ConvolutionCall: Sendable {
  let layer: String
  /// Window, and the shapes of the forward pass.
  let work: ConvolutionWork
  let weight: ParameterID
  /// The images that the forward pass reads; the result of the pass `inputGradient`.
  let input: BufferID
  /// The images that the forward pass writes, or their gradient.
  let output: BufferID
  let type: ConvolutionType
  /// The gradient of the weight in a type shorter than float32; nil where it goes to the parameter's gradient.
  var weightGradient: BufferID?

  var reads: [BufferID] {
    switch work.pass {
    case .forward: [input]
    case .inputGradient: [output]
    case .weightGradient: [input, output]
    }
  }

  var writes: [BufferID] {
    switch work.pass {
    case .forward: [output]
    case .inputGradient: [input]
    case .weightGradient: weightGradient.map { [$0] } ?? []
    }
  }
}
