/// The type of the numbers in a buffer on the device.
package enum CUDAType: String, Sendable {
  case float32 = "f32"
  case bfloat16 = "bf16"
  case float16 = "f16"

  /// Bytes of one number.
  var bytes: Int {
    switch self {
    case .float32: 4
    case .bfloat16, .float16: 2
    }
  }
}
