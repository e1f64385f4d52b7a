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
  /// The type of images and weights. Sums are float32.
  let type: CUDAType

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
    case .weightGradient: []
    }
  }
}
