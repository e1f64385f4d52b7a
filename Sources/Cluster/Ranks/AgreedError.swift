import Tensors

/// An error that every rank knows of: one of them says it, all leave with its status.
public struct AgreedError: Error, Equatable, Sendable {
  /// What went wrong, one line.
  public let line: String
  /// The exit status of every rank.
  public let status: Int32
  /// Whether this rank prints the line.
  public let isShown: Bool

  public init(line: String, status: Int32, isShown: Bool) {
    self.line = line
    self.status = status
    self.isShown = isShown
  }

  init(_ error: any Error, isShown: Bool) {
    self.init(line: "\(error)", status: error.exitStatus, isShown: isShown)
  }
}

extension AgreedError: CustomStringConvertible {
  public var description: String { line }
}

extension Communicator {
  /// An error that every rank has found by itself, as the same calls with the same data do: to be thrown by all.
  public func agreed(_ error: any Error) -> any Error {
    size > 1 && !(error is AgreedError) ? AgreedError(error, isShown: isFirst) : error
  }
}

extension Error {
  /// The exit status that the error ends a process with.
  var exitStatus: Int32 { (self as? InputError)?.kind.exitStatus ?? (self as? AgreedError)?.status ?? 1 }
}
