/// A colour of 8 bits a channel, in sRGB: what people see as a class on maps, plots and patches.
package struct Colour: Hashable, Sendable {
  package let red, green, blue: UInt8

  package init(red: UInt8, green: UInt8, blue: UInt8) {
    (self.red, self.green, self.blue) = (red, green, blue)
  }

  /// A colour as web pages write it: "#1a9850"; nil for any other text.
  package init?(hex text: some StringProtocol) {
    guard text.utf8.count == 7, text.first == "#", let bits = UInt32(text.dropFirst(), radix: 16),
      text.dropFirst().allSatisfy(\.isHexDigit)
    else { return nil }
    self.init(
      red: UInt8(bits >> 16), green: UInt8(bits >> 8 & 255), blue: UInt8(bits & 255))
  }

  /// "#1a9850".
  package var hex: String {
    "#"
      + [red, green, blue].map { byte in
        let digits = String(byte, radix: 16)
        return byte < 16 ? "0" + digits : digits
      }.joined()
  }
}
