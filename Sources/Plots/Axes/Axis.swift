#if canImport(Glibc)
  import Glibc
#endif

/// The range of an axis and its marks, at round numbers.
package struct Axis: Equatable, Sendable {
  package let title: String
  package let range: ClosedRange<Double>
  package let ticks: [Double]
  /// Digits after the point of the marks.
  private let decimals: Int
  private let isExponential: Bool

  /// An axis whose range is these numbers.
  /// - Parameters:
  ///   - range: of more than one number.
  ///   - marks: about how many marks it has at most.
  package init(_ title: String, exactly range: ClosedRange<Double>, marks: Int = 6) {
    precondition(
      range.lowerBound < range.upperBound && range.upperBound.isFinite && range.lowerBound.isFinite,
      "an axis has a range of numbers")
    let step = Self.step(range.upperBound - range.lowerBound, marks: marks)
    let first = (range.lowerBound / step - 1e-9).rounded(.up)
    let last = (range.upperBound / step + 1e-9).rounded(.down)
    (self.title, self.range) = (title, range)
    ticks = stride(from: first, through: last, by: 1).map { $0 * step }
    let power = log10(step).rounded(.down)
    isExponential = power < -4 || power > 6
    decimals = isExponential ? 0 : max(Int(-power), 0)
  }

  /// An axis that holds all values, and ends at marks.
  /// - Parameter including: values that the axis holds too, such as 0.
  package init(_ title: String, holding values: [Double], including: [Double] = [], marks: Int = 6) {
    let known = (values + including).filter(\.isFinite)
    var (low, high) = (known.min() ?? 0, known.max() ?? 1)
    if low == high {
      // Of a constant, the constant lies in the middle of the axis.
      let room = low == 0 ? 1 : abs(low) * 0.5
      (low, high) = (low - room, high + room)
    }
    let step = Self.step(high - low, marks: marks)
    self.init(
      title,
      exactly: (low / step + 1e-9).rounded(.down) * step...(high / step - 1e-9).rounded(.up) * step,
      marks: marks)
  }

  /// Whole numbers, such as epochs. One number alone gets room to both sides.
  package static func whole(_ title: String, _ range: ClosedRange<Int>, marks: Int = 6) -> Axis {
    let (low, high) = (Double(range.lowerBound), Double(range.upperBound))
    let axis = Axis(title, exactly: low == high ? low - 0.5...high + 0.5 : low...high, marks: marks)
    return Axis(axis, ticks: axis.ticks.filter { $0 == $0.rounded() })
  }

  private init(_ axis: Axis, ticks: [Double]) {
    (title, range, self.ticks) = (axis.title, axis.range, ticks)
    (decimals, isExponential) = (
      ticks.allSatisfy { $0 == $0.rounded() } ? 0 : axis.decimals, axis.isExponential
    )
  }

  /// The smallest of 1, 2, 5 × 10ᵏ that divides a span into at most `marks` pieces.
  private static func step(_ span: Double, marks: Int) -> Double {
    let rough = span / Double(max(marks, 1))
    let power = pow(10, log10(rough).rounded(.down))
    let step = [1, 2, 5].map { $0 * power }.first { $0 >= rough * (1 - 1e-9) } ?? 10 * power
    return step
  }

  /// The text of a mark: "0.25", "20,000", "5e-06".
  func label(_ value: Double) -> String {
    if isExponential {
      let power = value == 0 ? 0 : Int(log10(abs(value)).rounded(.down))
      let digits = value / pow(10, Double(power))
      return value == 0 ? "0" : "\(px(digits))e\(power)"
    }
    let scale = pow(10, Double(decimals))
    let number = Int((value * scale).rounded())
    let (whole, rest) = (abs(number) / Int(scale), abs(number) % Int(scale))
    var groups = String(whole)
    var place = groups.count - 3
    while place > 0 {
      groups.insert(",", at: groups.index(groups.startIndex, offsetBy: place))
      place -= 3
    }
    let fraction = String(rest)
    let zeros = String(repeating: "0", count: max(decimals - fraction.count, 0))
    return (number < 0 ? "−" : "") + groups + (decimals == 0 ? "" : ".\(zeros)\(fraction)")
  }

  /// The widest of the labels, in pixels.
  func labelWidth(size: Double) -> Double {
    ticks.map { textWidth(label($0), size: size) }.max() ?? 0
  }

  /// Where a value lies, from 0 at the lower end to 1.
  func share(_ value: Double) -> Double {
    (value - range.lowerBound) / (range.upperBound - range.lowerBound)
  }
}
