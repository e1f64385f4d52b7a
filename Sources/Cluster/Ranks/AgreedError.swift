import Basics

/// An error that all ranks throw together. One rank prints it, and all leave with its status.
package struct AgreedError: Error, Equatable, Sendable {
  /// The message, one line.
  package let line: String
  /// The exit status of every rank.
  package let status: Int32

  package init(line: String, status: Int32) {
    self.line = line
    self.status = status
  }

  init(_ error: any Error) { self.init(line: "\(error)", status: error.exitStatus) }
}

extension AgreedError: CustomStringConvertible {
  package var description: String { line }
}

extension Communicator {
  /// Turns an error that every rank has found by itself into an `AgreedError`. A process alone keeps its error.
  package func agreed(_ error: any Error) -> any Error {
    size > 1 && !(error is AgreedError) ? AgreedError(error) : error
  }
}

extension Error {
  /// The exit status that the error ends a process with.
  var exitStatus: Int32 { (self as? InputError)?.kind.exitStatus ?? (self as? AgreedError)?.status ?? 1 }
}

/// Exit statuses that job scripts act on.
package enum ExitStatus {
  /// Stopped on request, with everything saved.
  package static let stopped: Int32 = 75
  /// Another rank was lost, or the GPU (`InputError.Kind.lostDevice`); running again continues from the last checkpoint, if there is one.
  package static let rankLost: Int32 = 76
}
