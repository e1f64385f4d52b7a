import Cluster

extension Ranks {
  /// Has the first rank tell the result of a command.
  /// - Parameter tell: returns whether everything could be written; it has said what could not.
  /// - Returns: what the first rank's `tell` returned, on all ranks.
  /// - Throws: on all ranks, what `tell` throws.
  func firstTells(_ tell: () throws -> Bool) throws -> Bool {
    let isWritten = try agree { try isFirst ? tell() : true }
    guard size > 1 else { return isWritten }
    return communicator.gather([isWritten ? 1 : 0], "the result").allSatisfy { $0 == [1] }
  }
}
