import Basics
import Foundation

/// The memory that a process may use, in bytes.
package enum MemoryLimit {
  /// The smallest limit of the process's control groups; nil without a limit.
  /// - Parameter root: the folder taken as the root of the file system.
  package static func controlGroup(root: String = "/") -> Int? {
    ControlGroups.folders(of: "memory", root: root).compactMap { folder in
      let text = folder.words(folder.isVersion2 ? "memory.max" : "memory.limit_in_bytes")?.first
      // Without a limit, version 1 has a number near the largest integer and version 2 has "max": both give nil.
      return text.flatMap { BoundedNumber.whole($0, in: BoundedNumber.Bounds.bytes) }
    }.min()
  }

  /// The memory of the machine, and how much of it is available without swapping.
  package static func machine() -> (total: Int, available: Int)? {
    guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8) else { return nil }
    func bytes(_ key: String) -> Int? {
      text.split(separator: "\n").first { $0.hasPrefix(key + ":") }?.split(separator: " ").dropFirst().first
        .flatMap { BoundedNumber.whole($0, in: BoundedNumber.Bounds.bytes) }.map { $0 * 1024 }
    }
    guard let total = bytes("MemTotal"), let available = bytes("MemAvailable") else { return nil }
    return (total, available)
  }
}
