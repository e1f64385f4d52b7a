import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Files that are replaced as a whole: after a crash, a full disk or a failing call the path holds either
/// the complete old contents or the complete new ones.
package enum AtomicFile {
  /// Writes a file under a temporary name in the folder of `path`, syncs it to disk and renames it to `path`.
  ///
  /// - Parameters:
  ///   - previous: when given, the name under which the old file at `path` is kept.
  ///   - body: writes the contents into the empty file.
  /// - Throws: `InputError` (environment) naming `path` and the system's reason, or what `body` throws.
  ///   The temporary file is then removed, and the old contents are still there.
  package static func write(
    to path: String, keepingOldAs previous: String? = nil, files: FileSystem = .system,
    _ body: (OpenFile) throws -> Void
  ) throws {
    removeAbandonedFiles(of: path, files: files)
    let (temporary, file) = try createTemporary(for: path, files: files)
    try replace(path, by: temporary, file, files: files) {
      try body(file)
    } keepingOld: {
      // The old file gets a second name first: so there is a file at `path` at every instant.
      if let previous, try isThere(path, files) { try link(path, as: previous, files: files) }
    }
  }

  /// The same under a temporary name that the caller chooses. A file of this name is removed first: the caller sees to it
  /// that no other process writes it.
  package static func write(
    to path: String, through temporary: String, files: FileSystem = .system, _ body: (OpenFile) throws -> Void
  ) throws {
    try files.remove(temporary)
    let file = try OpenFile.creating(temporary, subject: path, files: files)
    try replace(path, by: temporary, file, files: files) {
      try body(file)
    } keepingOld: {
    }
  }

  /// Gives a file that is written already the name `path`, in place of any other file there, once it is on the disk. Both must
  /// be in the same file system.
  /// - Throws: `InputError` (environment); the file then keeps its own name.
  package static func place(_ written: String, as path: String, files: FileSystem = .system) throws {
    let file = try OpenFile.updating(written, files: files)
    try file.sync()
    try file.close()
    try files.rename(written, to: path)
    try files.syncFolder(Path.folder(of: path))
  }

  /// Writes, syncs and closes a temporary file, and gives it the name `path`.
  private static func replace(
    _ path: String, by temporary: String, _ file: OpenFile, files: FileSystem, _ body: () throws -> Void,
    keepingOld: () throws -> Void
  ) throws {
    do {
      try body()
      try file.sync()
      try file.close()
      try keepingOld()
      try files.rename(temporary, to: path)
    } catch {
      files.removeQuietly(temporary)
      throw error
    }
    try files.syncFolder(Path.folder(of: path))
  }

  /// Replaces a file by these bytes.
  package static func write(
    _ contents: some Sequence<UInt8>, to path: String, files: FileSystem = .system
  ) throws {
    try write(to: path, files: files) { file in
      try Array(contents).withUnsafeBytes { try file.write($0, at: 0) }
    }
  }

  /// Replaces a file by a text in UTF-8 (`metrics.csv`, `summary.json`).
  package static func write(_ text: String, to path: String, files: FileSystem = .system) throws {
    try write(text.utf8, to: path, files: files)
  }

  /// Gives the contents of `source` the name `path` too: as a second link of the same file, or as a copy where
  /// the file system has no links. Both must be in the same file system.
  package static func link(_ source: String, as path: String, files: FileSystem = .system) throws {
    removeAbandonedFiles(of: path, files: files)
    let temporary = temporaryName(for: path)
    switch files.attempt(.link, source, { Int(Glibc.link(source, temporary)) }) {
    case .value:
      // If both are links of one file, the rename does nothing: the temporary name is removed in any case.
      defer { files.removeQuietly(temporary) }
      try files.rename(temporary, to: path)
      try files.syncFolder(Path.folder(of: path))
    case .failed(let code) where [EPERM, ENOTSUP, ENOSYS, EMLINK, EXDEV].contains(code):
      try copy(source, to: path, files: files)
    case .failed(let code):
      throw FileSystem.error(.link, source, code)
    }
  }

  /// Whether there is a file to keep. Throws where the system does not tell, so that no file is replaced
  /// unseen.
  private static func isThere(_ path: String, _ files: FileSystem) throws -> Bool {
    switch files.state(of: path) {
    case .present: true
    case .absent, .dangling: false
    case .unreachable(let code): throw FileSystem.error(.look, path, code)
    }
  }

  private static func copy(_ source: String, to path: String, files: FileSystem) throws {
    let original = try OpenFile.reading(source, kind: .environment, files: files)
    let size = try original.size()
    let block = try AlignedBuffer<UInt8>(count: 1 << 20)
    try write(to: path, files: files) { file in
      for start in stride(from: 0, to: size, by: block.count) {
        let part = UnsafeMutableRawBufferPointer(
          start: block.pointer, count: min(block.count, size - start))
        try original.read(into: part, at: start)
        try file.write(UnsafeRawBufferPointer(part), at: start)
      }
    }
  }
}

// MARK: - Temporary names

/// A temporary file is named `.NAME.PID-NUMBER.tmp` and locked by its writer. If another process can lock it,
/// its writer has ended.
extension AtomicFile {
  private static let counter = Atomic<Int>(0)

  private static func temporaryName(for path: String) -> String {
    let number = counter.add(1, ordering: .relaxed).newValue
    return "\(Path.folder(of: path))/.\(Path.name(of: path)).\(getpid())-\(number).tmp"
  }

  private static func createTemporary(
    for path: String, files: FileSystem
  ) throws -> (String, OpenFile) {
    while true {
      let temporary = temporaryName(for: path)
      let file = try OpenFile.creating(temporary, subject: path, files: files)
      _ = file.lock()
      // Before it was locked, another writer may have removed it as abandoned.
      if try file.status().st_nlink > 0 { return (temporary, file) }
    }
  }

  private static func removeAbandonedFiles(of path: String, files: FileSystem) {
    let folder = Path.folder(of: path)
    let prefix = ".\(Path.name(of: path))."
    // A file that cannot be removed does no harm. If the folder is out of reach, the write itself fails.
    for name in (try? files.names(in: folder)) ?? [] where name.hasPrefix(prefix) && name.hasSuffix(".tmp") {
      let abandoned = "\(folder)/\(name)"
      guard let file = try? OpenFile.reading(abandoned, kind: .environment, files: files) else { continue }
      if file.lock() { files.removeQuietly(abandoned) }
    }
  }
}
