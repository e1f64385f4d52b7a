extension Float {
  /// A number of eight bits with four for the exponent, as PyTorch's `float8_e4m3fn`: no infinities, NaN is `0x7F` and
  /// `0xFF`. Example: `0x38` is 1.
  package init(float8E4M3 bits: UInt8) {
    let sign: Float = bits & 0x80 == 0 ? 1 : -1
    let exponent = Int(bits >> 3 & 0xF)
    let fraction = Float(bits & 7) / 8
    self =
      bits & 0x7F == 0x7F
      ? .nan
      : exponent == 0
        ? sign * fraction * 0x1p-6
        : sign * (1 + fraction) * Float(sign: .plus, exponent: exponent - 7, significand: 1)
  }

  /// A number of eight bits with five for the exponent, as PyTorch's `float8_e5m2`: the upper byte of a float16.
  package init(float8E5M2 bits: UInt8) { self = Float(Float16(bitPattern: UInt16(bits) << 8)) }
}
