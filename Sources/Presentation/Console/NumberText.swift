import Foundation

/// Numbers as people read them.
package enum NumberText {
  /// With `decimals` digits after the point: `fixed(0.5, 2)` is "0.50".
  package static func fixed(_ value: Double, _ decimals: Int) -> String {
    String(format: "%.\(decimals)f", value)
  }

  /// Five significant digits: 0.012345, 1.2345e-07.
  package static func digits(_ value: Double) -> String { String(format: "%.5g", value) }

  /// Thousands separated: 18,106.
  package static func grouped(_ value: Int) -> String {
    var groups: [String] = []
    var rest = value.magnitude
    while rest >= 1000 {
      groups.append(String(format: "%03d", Int(rest % 1000)))
      rest /= 1000
    }
    groups.append("\(rest)")
    return (value < 0 ? "-" : "") + groups.reversed().joined(separator: ",")
  }

  /// "1 patch", "1,200 patches".
  package static func count(_ value: Int, _ one: String, _ many: String) -> String {
    "\(grouped(value)) \(value == 1 ? one : many)"
  }

  /// Seconds as 0:07, 12:34, 3:04:05 or 2 d 03:04:05; "–" if unknown.
  package static func duration(_ seconds: Double) -> String {
    // Beyond this, the time of a run is not known in any useful sense.
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "–" }
    let whole = Int(seconds.rounded())
    let (minutes, hours) = (whole / 60 % 60, whole / 3600)
    if hours >= 24 {
      return String(format: "%d d %02d:%02d:%02d", hours / 24, hours % 24, minutes, whole % 60)
    }
    if hours > 0 { return String(format: "%d:%02d:%02d", hours, minutes, whole % 60) }
    return String(format: "%d:%02d", minutes, whole % 60)
  }

  /// Bytes in decimal units: 512 B, 1.97 GB.
  package static func bytes(_ count: Int) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB"]
    var value = Double(count)
    var unit = 0
    // 999.995 would round to 1000.00.
    while abs(value) >= 999.995 && unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return unit == 0 ? "\(count) B" : "\(fixed(value, 2)) \(units[unit])"
  }

  /// Bytes to one significant digit, for amounts that differ from one measurement to the next: 400 MB, 2 GB.
  package static func roughBytes(_ count: Double) -> String {
    guard count.isFinite, count >= 1 else { return "0 B" }
    let digit = pow(10, floor(log10(count)))
    return bytes(Int((count / digit).rounded() * digit)).replacingOccurrences(of: ".00 ", with: " ")
  }

  /// A rate with about three digits: 0.85, 12.3, 1,234; "–" if unknown.
  package static func rate(_ value: Double) -> String {
    guard value.isFinite, value >= 0, value < 1e15 else { return "–" }
    if value < 9.995 { return fixed(value, 2) }
    return value < 99.95 ? fixed(value, 1) : grouped(Int(value.rounded()))
  }

  /// A share 0…1 in whole per cent; "–" if unknown.
  package static func percent(_ share: Double) -> String {
    share.isFinite ? "\(Int((min(max(share, 0), 1) * 100).rounded())) %" : "–"
  }

  /// Seconds in one unit, for rough estimates: 40 s, 12 min, 5 h, 9 d; "–" if unknown.
  package static func span(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e11 else { return "–" }
    let units: [(text: String, seconds: Double, limit: Double)] = [
      ("s", 1, 90), ("min", 60, 120 * 60), ("h", 3600, 48 * 3600),
    ]
    let unit = units.first { seconds < $0.limit } ?? ("d", 86_400, .infinity)
    return "\(grouped(Int((seconds / unit.seconds).rounded()))) \(unit.text)"
  }

  /// A loss with four digits: 0.6045, 149.9; with two where it is tiny or above 9999: 4.0e+05.
  package static func loss(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : "\(value)" }
    let size = abs(value)
    guard size == 0 || (size >= 0.001 && size < 9999.5) else { return String(format: "%.1e", value) }
    let decimals = size < 1 ? 4 : size < 9.9995 ? 3 : size < 99.995 ? 2 : size < 999.95 ? 1 : 0
    return fixed(value, decimals)
  }

  // MARK: Rough times

  /// Seconds in one or two units: 0.4 s, 45 s, 12 min, 6 h 40 min, 2 days 5 h, 28 days; "–" if unknown.
  package static func roughly(_ seconds: Double) -> String {
    // Beyond this, the time of a run is not known in any useful sense.
    guard seconds.isFinite, seconds >= 0, seconds < 1e11 else { return "–" }
    if seconds < 9.95 { return fixed(seconds, 1) + " s" }
    if seconds < 89.5 { return fixed(seconds, 0) + " s" }
    let minutes = Int((seconds / 60).rounded())
    if minutes < 90 { return "\(minutes) min" }
    // Rounded to 5 minutes below 10 hours, to 10 minutes below a day.
    let step = minutes < 600 ? 5 : 10
    let rounded = (minutes + step / 2) / step * step
    if rounded < 24 * 60 { return two(rounded / 60, "h", rounded % 60, "min") }
    let hours = Int((seconds / 3600).rounded())
    if hours < 36 { return "\(hours) h" }
    if hours < 10 * 24 { return two(hours / 24, hours / 24 == 1 ? "day" : "days", hours % 24, "h") }
    return grouped((hours + 12) / 24) + " days"
  }

  private static func two(_ large: Int, _ unit: String, _ small: Int, _ part: String) -> String {
    "\(large) \(unit)" + (small == 0 ? "" : " \(small) \(part)")
  }
}

/// How figures appear in tables.
package enum Figures {
  /// Takes the place of a figure that does not exist.
  package static let missing = "–"

  /// A figure with `decimals` decimals; a dash for one that does not exist.
  package static func metric(_ value: Double?, decimals: Int = 4) -> String {
    value.flatMap(\.known).map { NumberText.fixed($0, decimals) } ?? missing
  }
}
