#if canImport(Glibc)
  import Glibc
#endif

/// The file-system calls for files that must survive a crash. The status of every call is checked.
///
/// A failing call becomes an `InputError` that names the path and the system's reason. Tests pass an
/// interceptor to make any single call fail, or to end the process there.
package struct FileSystem: Sendable {
  /// The calls that go through the interceptor.
  package enum Call: String, Sendable {
    case open, read, write, truncate, sync, close, rename, link, list
    case unlink = "remove"
    case makeFolder = "create the folder"
    case syncFolder = "sync the folder"
    case look = "look at"
  }

  /// The calls without an interceptor.
  package static let system = FileSystem()

  private let interceptor: @Sendable (Call, String) -> Int32

  /// - Parameter interceptor: called with each call and its path before the call is made. It returns 0 to let
  ///   the call happen, or the `errno` that the call fails with.
  package init(interceptor: @escaping @Sendable (Call, String) -> Int32 = { _, _ in 0 }) {
    self.interceptor = interceptor
  }

  /// The result of one call: a value, or the `errno` of its failure.
  enum Outcome {
    case value(Int)
    case failed(Int32)
  }

  /// Makes the call, and repeats it when a signal interrupts it.
  func attempt(_ call: Call, _ path: String, _ body: () -> Int) -> Outcome {
    let fault = interceptor(call, path)
    if fault != 0 {
      // A close that fails releases the descriptor all the same.
      if call == .close { _ = body() }
      return .failed(fault)
    }
    while true {
      let value = body()
      if value >= 0 { return .value(value) }
      let code = errno
      if code != EINTR || call == .close { return .failed(code) }
    }
  }

  /// Makes the call and throws when it fails.
  /// - Parameter subject: the path that the error names, if not the path of the call.
  @discardableResult
  func perform(_ call: Call, _ path: String, subject: String? = nil, _ body: () -> Int) throws -> Int {
    switch attempt(call, path, body) {
    case .value(let value): return value
    case .failed(let code): throw Self.error(call, subject ?? path, code)
    }
  }

  package static func error(_ call: Call, _ path: String, _ code: Int32) -> InputError {
    InputError(
      .environment, path, "could not \(call.rawValue) (\(SystemFault.reason(code)))",
      remedy: SystemFault.remedy(code))
  }
}

extension FileSystem {
  /// Renames a file within a file system and replaces any file that has the new name.
  func rename(_ old: String, to new: String) throws {
    try perform(.rename, old, subject: new) { Int(Glibc.rename(old, new)) }
  }

  /// Removes a file. A failure is ignored: a later clean-up may remove it.
  package func removeQuietly(_ path: String) {
    _ = attempt(.unlink, path) { Int(unlink(path)) }
  }

  /// Removes a file; it is no error if there is none.
  /// - Throws: `InputError` (environment) with the system's reason.
  package func remove(_ path: String) throws {
    if case .failed(let code) = attempt(.unlink, path, { Int(unlink(path)) }), code != ENOENT {
      throw Self.error(.unlink, path, code)
    }
  }

  /// Removes a folder if it is empty. A failure is ignored.
  package func removeFolderQuietly(_ folder: String) {
    _ = attempt(.unlink, folder) { Int(rmdir(folder)) }
  }

  /// Makes renames and removals in the folder durable.
  func syncFolder(_ folder: String) throws {
    try perform(.syncFolder, folder) {
      let descriptor = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard descriptor >= 0 else { return -1 }
      defer { _ = Glibc.close(descriptor) }
      // Some file systems cannot sync folders and answer EINVAL: nothing more can be done there.
      return fsync(descriptor) == 0 || errno == EINVAL ? 0 : -1
    }
  }

  /// Creates one folder durably, unless it is there.
  package func makeFolder(_ folder: String) throws {
    if case .failed(let code) = attempt(.makeFolder, folder, { Int(mkdir(folder, 0o777)) }) {
      if code == EEXIST { return }
      throw Self.error(.makeFolder, folder, code)
    }
    try syncFolder(Path.folder(of: folder))
  }

  /// Creates a folder that only this user can enter, unless it is there.
  /// - Throws: `InputError` (environment) when it cannot be created, or when others own it or may write into it.
  package func makeOwnFolder(_ folder: String) throws {
    if case .failed(let code) = attempt(.makeFolder, folder, { Int(mkdir(folder, 0o700)) }), code != EEXIST {
      throw Self.error(.makeFolder, folder, code)
    }
    var status = stat()
    guard lstat(folder, &status) == 0 else { throw Self.error(.look, folder, errno) }
    guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
      throw InputError(
        .environment, folder, "is no folder that only you can write into",
        remedy: "remove it, or choose another place")
    }
  }

  /// The names in a folder, in no order.
  /// - Throws: `InputError` (environment) with the system's reason.
  package func names(in folder: String) throws -> [String] {
    var names: [String] = []
    try perform(.list, folder) {
      guard let stream = opendir(folder) else { return -1 }
      defer { closedir(stream) }
      names = []
      errno = 0
      while let entry = readdir(stream) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { name in
          String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != "." && name != ".." { names.append(name) }
        errno = 0
      }
      return errno == 0 ? 0 : -1
    }
    return names
  }

  /// What is at a path.
  package func state(of path: String) -> PathState {
    var state = PathState.absent
    let outcome = attempt(.look, path) {
      state = PathState.of(path)
      return 0
    }
    if case .failed(let code) = outcome { return .unreachable(code) }
    return state
  }
}

/// The two halves of a path.
package enum Path {
  /// The folder that holds `path`: "." for a bare name.
  package static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The last component of `path`.
  package static func name(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }
}
