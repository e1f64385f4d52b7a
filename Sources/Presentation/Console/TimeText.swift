/// Times that are only known roughly, as people say them.
extension NumberText {
  /// Seconds in one or two units: 0.4 s, 45 s, 12 min, 6 h 40 min, 2 days 5 h, 28 days; "–" if unknown.
  package static func roughly(_ seconds: Double) -> String {
    // Beyond this, the time of a run is not known in any useful sense.
    guard seconds.isFinite, seconds >= 0, seconds < 1e11 else { return "–" }
    if seconds < 9.95 { return fixed(seconds, 1) + " s" }
    if seconds < 89.5 { return fixed(seconds, 0) + " s" }
    let minutes = Int((seconds / 60).rounded())
    if minutes < 90 { return "\(minutes) min" }
    // Six hours are known to ten minutes, thirty of them to the hour.
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
