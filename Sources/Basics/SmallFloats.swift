/// Floating-point numbers of eight bits.
package enum SmallFloat {
  /// A number with four bits for the exponent, as PyTorch's `float8_e4m3fn`: no infinities, NaN is `0x7F` and `0xFF`.
  /// Example: `0x38` is 1.
  package static func e4m3(_ bits: UInt8) -> Float {
    guard bits & 0x7F != 0x7F else { return .nan }
    let sign: Float = bits & 0x80 == 0 ? 1 : -1
    let exponent = Int(bits >> 3 & 0xF)
    let fraction = Float(bits & 7) / 8
    guard exponent > 0 else { return sign * fraction * 0x1p-6 }
    return sign * (1 + fraction) * Float(sign: .plus, exponent: exponent - 7, significand: 1)
  }

  /// A number with five bits for the exponent, as PyTorch's `float8_e5m2`: the upper byte of a float16.
  package static func e5m2(_ bits: UInt8) -> Float { Float(Float16(bitPattern: UInt16(bits) << 8)) }
}
