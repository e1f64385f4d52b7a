import Basics
import Foundation

/// The version of the toolkit, kept in every file it writes.
package enum ProgramVersion {
  package static let current = "0.1.0"

  /// Tells this build from another of the same version, where the system shows a process its executable.
  static var build: String {
    guard let executable = try? Data(contentsOf: URL(filePath: "/proc/self/exe"), options: .mappedIfSafe)
    else {
      return current
    }
    return "\(current), executable with checksum \(executable.withUnsafeBytes { checksum($0) })"
  }
}
