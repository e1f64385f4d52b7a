#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#endif

/// Page faults and context switches of this process.
package struct ProcessUsage {
  /// Page faults that the system served without reading a file.
  package var minorFaults = 0
  /// Context switches: voluntary, when a thread waits; involuntary, when the system runs another thread
  /// instead.
  package var voluntarySwitches = 0
  package var involuntarySwitches = 0

  package init(minorFaults: Int = 0, voluntarySwitches: Int = 0, involuntarySwitches: Int = 0) {
    self.minorFaults = minorFaults
    self.voluntarySwitches = voluntarySwitches
    self.involuntarySwitches = involuntarySwitches
  }

  /// The counts since the process began.
  package static var now: ProcessUsage {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return ProcessUsage(
      minorFaults: usage.ru_minflt, voluntarySwitches: usage.ru_nvcsw, involuntarySwitches: usage.ru_nivcsw)
  }

  package static func += (total: inout ProcessUsage, other: ProcessUsage) {
    total.minorFaults += other.minorFaults
    total.voluntarySwitches += other.voluntarySwitches
    total.involuntarySwitches += other.involuntarySwitches
  }

  package static func - (a: ProcessUsage, b: ProcessUsage) -> ProcessUsage {
    ProcessUsage(
      minorFaults: a.minorFaults - b.minorFaults,
      voluntarySwitches: a.voluntarySwitches - b.voluntarySwitches,
      involuntarySwitches: a.involuntarySwitches - b.involuntarySwitches)
  }

  /// The peak of the resident memory of the process, in bytes. `getrusage` would include the peak of its
  /// parent.
  package static var peakResidentBytes: Int {
    value(of: "VmHWM", in: "/proc/self/status").flatMap { $0.split(separator: " ").first }
      .flatMap { BoundedNumber.whole($0, in: BoundedNumber.Bounds.bytes) }.map { 1024 * $0 } ?? 0
  }

  /// The value of the first line `name : value` of a system file such as `/proc/self/status`.
  package static func value(of name: String, in path: String) -> String? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1).map(trimmed)
      if parts.count == 2, parts[0] == name { return parts[1] }
    }
    return nil
  }

  private static func trimmed(_ text: Substring) -> String {
    let end = text.lastIndex { !$0.isWhitespace }
    return end.map { String(text[...$0].drop(while: \.isWhitespace)) } ?? ""
  }
}
