import Networks

/// The type of the numbers that a convolution multiplies. Sums are float32.
package enum ConvolutionType: String, CaseIterable, Sendable {
  case float32 = "f32"
  /// float32 in memory, rounded to 10 bits behind the point.
  case tf32
  case bfloat16 = "bf16"
  case float16 = "f16"

  /// The type of a precision.
  /// - Precondition: a GPU has the precision, see `CUDADevice.require`.
  init(_ precision: Precision) {
    switch precision {
    case .fp32: self = .float32
    case .tf32: self = .tf32
    case .bf16: self = .bfloat16
    case .fp16: self = .float16
    case .bf16Emulated: preconditionFailure("a GPU has no emulated bfloat16")
    }
  }

  /// The type of images and weights in memory.
  var storage: CUDAType {
    switch self {
    case .float32, .tf32: .float32
    case .bfloat16: .bfloat16
    case .float16: .float16
    }
  }
}
