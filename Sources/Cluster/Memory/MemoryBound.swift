import Basics
import Foundation

/// A limit of the memory of this process, and how much of it is in use.
package struct MemoryBound: Equatable, Sendable {
  package enum Source: Equatable, Sendable {
    /// Memory in use by all processes of the group.
    case controlGroup
    /// `ulimit -v`: addresses in use by this process.
    case addressSpace
    /// `ulimit -d`: private writable memory of this process.
    case data

    /// What sets the limit, in sentences such as "the control group allows 8 GB".
    package var name: String {
      switch self {
      case .controlGroup: "the control group"
      case .addressSpace: "ulimit -v"
      case .data: "ulimit -d"
      }
    }

    /// How a user gets more memory.
    package var remedy: String {
      switch self {
      case .controlGroup: "ask for more memory (--mem of Slurm, --memory of a container)"
      case .addressSpace: "raise the limit (ulimit -v unlimited)"
      case .data: "raise the limit (ulimit -d unlimited)"
      }
    }
  }

  package let source: Source
  /// Bytes.
  package let limit: Int
  /// Bytes that this process uses now; 0 where the system does not say.
  package let taken: Int

  package init(source: Source, limit: Int, taken: Int) {
    (self.source, self.limit, self.taken) = (source, limit, taken)
  }

  /// The limits of this process.
  package static var current: [MemoryBound] {
    let resources: [(Source, UInt32, String)] = [(.addressSpace, 9, "VmSize"), (.data, 2, "VmData")]
    let own = resources.compactMap { source, resource, field -> MemoryBound? in
      var limit = rlimit()
      // The type of the constants differs between C libraries.
      guard getrlimit(__rlimit_resource_t(resource), &limit) == 0,
        limit.rlim_cur <= UInt(BoundedNumber.Bounds.bytes.upperBound)
      else { return nil }
      return MemoryBound(source: source, limit: Int(limit.rlim_cur), taken: taken(field))
    }
    let group = MemoryLimit.controlGroup().map { MemoryBound(source: .controlGroup, limit: $0, taken: 0) }
    return own + [group].compactMap { $0 }
  }

  /// The value of a line of `/proc/self/status` in bytes. The file counts in kB.
  private static func taken(_ field: String) -> Int {
    guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return 0 }
    return text.split(separator: "\n").first { $0.hasPrefix(field + ":") }?
      .split(whereSeparator: \.isWhitespace).dropFirst().first
      .flatMap { BoundedNumber.whole($0, in: BoundedNumber.Bounds.bytes) }.map { $0 * 1024 } ?? 0
  }
}
