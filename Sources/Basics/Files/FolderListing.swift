#if canImport(Glibc)
  import Glibc
#endif

/// Reads the names in folders of data. No file is opened, and no entry is looked at.
package enum FolderListing {
  /// What the listing itself says about an entry.
  package enum Entry: Sendable {
    case file, folder
    /// A link, a pipe, or of a type that the file system does not tell.
    case other
  }

  /// Calls `body` with the name of every entry except "." and "..", in no order.
  /// - Parameter body: gets the bytes of the name, which are valid during the call.
  /// - Returns: false where nothing has the name of the folder.
  /// - Throws: `InputError` (data) when the folder exists but cannot be read, or its path is broken; what `body` throws.
  @discardableResult
  package static func visit(
    _ path: String, _ body: (UnsafeBufferPointer<UInt8>, Entry) throws -> Void
  ) throws -> Bool {
    guard let folder = opendir(path) else {
      let code = errno
      let state = PathState.of(path)
      if code == ENOENT, state == .absent { return false }
      throw state.error(.data, path) ?? unreadable(path, code)
    }
    defer { closedir(folder) }
    while true {
      errno = 0
      guard let entry = readdir(folder) else {
        guard errno == 0 else { throw unreadable(path, errno) }
        return true
      }
      let kind: Entry =
        switch Int32(entry.pointee.d_type) {
        case Int32(DT_REG): .file
        case Int32(DT_DIR): .folder
        default: .other
        }
      try withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        let name = bytes.bindMemory(to: UInt8.self)
        let length = strnlen(bytes.baseAddress!.assumingMemoryBound(to: CChar.self), bytes.count)
        let isSelf = length == 1 && name[0] == 0x2E
        let isParent = length == 2 && name[0] == 0x2E && name[1] == 0x2E
        if !isSelf && !isParent { try body(UnsafeBufferPointer(rebasing: name[..<length]), kind) }
      }
    }
  }

  /// The error about a folder that exists but cannot be read.
  package static func unreadable(_ path: String, _ code: Int32) -> InputError {
    InputError(
      .data, path, "the folder cannot be read (\(SystemFault.reason(code)))", remedy: SystemFault.remedy(code)
    )
  }

  /// Whether a file exists at `path`, for entries whose type the listing does not show.
  /// - Parameter expected: the words for such a file: "a GeoTIFF file".
  /// - Throws: `InputError` (data) when something else than a file is there, or the file cannot be reached.
  package static func isFile(_ path: String, expected: String) throws -> Bool {
    let state = PathState.of(path)
    switch state {
    case .present(.file): return true
    case .absent: return false
    case .present(.folder): throw InputError(.data, path, "is a folder, expected \(expected)")
    case .present(.other):
      throw InputError(.data, path, "is a pipe, a socket or a device, expected \(expected)")
    case .dangling, .unreachable:
      guard let error = state.error(.data, path) else { preconditionFailure("nothing is there") }
      throw error
    }
  }
}
