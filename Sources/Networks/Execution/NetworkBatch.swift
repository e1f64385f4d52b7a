/// The form in which a device takes images.
package enum BatchForm: Sendable {
  /// Normalised floats `[N, H, W, C]`.
  case floats
  /// Samples as they are stored, and the rules that turn them into floats: see `RawSamples`.
  case samples
}

/// The images and targets of one step, in the caller's memory.
public struct NetworkBatch {
  /// The images of one input of the network.
  public enum Images {
    /// `[N, H, W, C]`, in the shape of the graph's input.
    case floats(UnsafePointer<Float>)
    case samples(RawSamples)
  }

  /// Number of samples; the request has a program for this number.
  package let count: Int
  /// Images by the name of the graph's input.
  package let inputs: [(name: String, images: Images)]
  /// `[N, K]`; nil without training.
  package let targets: UnsafePointer<Float>?

  /// - Parameter inputs: one for each input of the graph, `count` samples each.
  public init(count: Int, inputs: [(name: String, images: Images)], targets: UnsafePointer<Float>? = nil) {
    (self.count, self.inputs, self.targets) = (count, inputs, targets)
  }
}
