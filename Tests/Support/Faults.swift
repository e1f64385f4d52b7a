import Basics
import Foundation
import Synchronization

/// A file system whose n-th call fails.
package final class FaultyFileSystem: Sendable {
  private struct State {
    var calls = 0
    var failed: String?
  }

  private let state = Mutex(State())
  private let failing: Int
  private let code: Int32

  /// - Parameters:
  ///   - failing: number of the call that fails, from 0; no call fails if it is negative.
  ///   - code: `errno` of the failure.
  package init(failing: Int, code: Int32 = ENOSPC) {
    self.failing = failing
    self.code = code
  }

  package var calls: Int { state.withLock(\.calls) }
  /// The call that failed, as "sync /path".
  package var failed: String? { state.withLock(\.failed) }

  package var files: FileSystem {
    FileSystem { [self] call, path in
      state.withLock { state in
        defer { state.calls += 1 }
        guard state.calls == failing else { return 0 }
        state.failed = "\(call.rawValue) \(path)"
        return code
      }
    }
  }
}

/// Runs `action` once for each of its file-system calls, with that call failing, and `check` after each run.
/// - Parameters:
///   - code: the `errno` of the failure.
///   - prepare: closure that sets up a new folder before each run.
///   - check: closure that gets the folder, the error and the failed call.
/// - Returns: the number of calls, after a last run without a failure.
package func withEveryCallFailing(
  code: Int32 = ENOSPC, prepare: (ScratchFolder) throws -> Void,
  action: (ScratchFolder, FileSystem) throws -> Void,
  check: (ScratchFolder, InputError?, String) throws -> Void
) throws -> Int {
  var failing = 0
  while true {
    let folder = try ScratchFolder()
    try prepare(folder)
    let faulty = FaultyFileSystem(failing: failing, code: code)
    var caught: InputError?
    do { try action(folder, faulty.files) } catch let error as InputError { caught = error }
    guard let failed = faulty.failed else {
      if let caught { throw caught }
      return failing
    }
    try check(folder, caught, failed)
    failing += 1
  }
}
