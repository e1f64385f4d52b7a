/// Folders that the command line names.
package enum FolderArgument {
  /// - Throws: `InputError` (data) for what is absent, no folder, or out of reach.
  package static func require(_ path: String, _ flag: String) throws {
    let (state, subject) = (PathState.of(path), "\(flag) \(path)")
    switch state {
    case .present(.folder): return
    case .present: throw InputError(.data, subject, "is a file, expected a folder", remedy: "check the path")
    case .absent: throw InputError(.data, subject, "there is no such folder", remedy: "check the path")
    case .dangling, .unreachable:
      guard let error = state.error(.data, subject) else { preconditionFailure("nothing is there") }
      throw error
    }
  }
}
