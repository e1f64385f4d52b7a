#if canImport(Glibc)
  import Glibc
#endif

/// An open file, read and written at byte offsets. It is closed when the object is released, if not before.
package final class OpenFile {
  /// The path that messages name; for a temporary file, the path that it is renamed to.
  package let subject: String

  private let path: String
  private let files: FileSystem
  private let kind: InputError.Kind
  private(set) var descriptor: Int32
  private var isLocked = false

  private init(
    _ path: String, subject: String, flags: Int32, kind: InputError.Kind, files: FileSystem
  ) throws {
    switch files.attempt(.open, path, { Int(open(path, flags | O_CLOEXEC, 0o666)) }) {
    case .value(let value): descriptor = Int32(value)
    case .failed(ENOENT) where flags & O_CREAT == 0 || PathState.of(path) != .absent:
      throw PathState.of(path).error(kind, subject) ?? FileSystem.error(.open, subject, ENOENT)
    case .failed(let code): throw FileSystem.error(.open, subject, code)
    }
    self.path = path
    self.subject = subject
    self.files = files
    self.kind = kind
  }

  deinit { if descriptor >= 0 { closeReleasingLock(descriptor, isLocked: isLocked) } }

  /// Creates a file that must not exist yet.
  package static func creating(_ path: String, subject: String, files: FileSystem) throws -> OpenFile {
    try OpenFile(
      path, subject: subject, flags: O_RDWR | O_CREAT | O_EXCL, kind: .environment, files: files)
  }

  /// Opens a file for reading and writing; makes it where it is absent.
  /// - Throws: `InputError` (environment) when the system refuses it.
  package static func updating(_ path: String, files: FileSystem = .system) throws -> OpenFile {
    try OpenFile(path, subject: path, flags: O_RDWR | O_CREAT, kind: .environment, files: files)
  }

  /// Opens an existing regular file for reading.
  /// - Throws: `InputError`: of `kind` when there is no such file or the path is not a regular file;
  ///   environment when the system refuses a call.
  package static func reading(_ path: String, kind: InputError.Kind, files: FileSystem) throws -> OpenFile {
    // Without O_NONBLOCK a named pipe would wait here for a writer.
    let file = try OpenFile(
      path, subject: path, flags: O_RDONLY | O_NONBLOCK, kind: kind, files: files)
    let type = try file.status().st_mode & S_IFMT
    guard type == S_IFREG else {
      let what = type == S_IFDIR ? "is a folder, not a file" : "is not a regular file"
      throw InputError(kind, path, what, remedy: "check the path")
    }
    return file
  }

  func status() throws -> stat {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileSystem.error(.read, subject, errno) }
    return status
  }

  /// Size of the file, bytes.
  package func size() throws -> Int { Int(try status().st_size) }

  /// Writes all bytes at the offset.
  package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      done += try files.perform(.write, path, subject: subject) {
        pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
      }
    }
  }

  /// Fills the buffer with the bytes at the offset.
  /// - Throws: `InputError`: of the kind given at opening when the file ends before; environment when the
  ///   system refuses the call.
  package func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[done...])
      switch files.attempt(
        .read, path, { pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done)) })
      {
      case .value(0):
        throw InputError(kind, subject, "ends at byte \(offset + done) in the middle of its data")
      case .value(let count): done += count
      case .failed(let code): throw FileSystem.error(.read, subject, code)
      }
    }
  }

  /// Sets the size of the file, bytes.
  package func truncate(to size: Int) throws {
    try files.perform(.truncate, path, subject: subject) { Int(ftruncate(descriptor, off_t(size))) }
  }

  /// Returns when the contents have reached the disk.
  func sync() throws {
    try files.perform(.sync, path, subject: subject) { Int(fsync(descriptor)) }
  }

  /// Takes the advisory lock of the file if it is free; false if another open file holds it.
  func lock() -> Bool {
    isLocked = flock(descriptor, LOCK_EX | LOCK_NB) == 0
    return isLocked
  }

  /// Closes the file; network file systems report the last write errors here.
  func close() throws {
    let closing = descriptor
    descriptor = -1
    let outcome = files.attempt(.close, path) { Int(closeReleasingLock(closing, isLocked: isLocked)) }
    guard case .failed(let code) = outcome else { return }
    throw FileSystem.error(.close, subject, code)
  }
}

extension OpenFile {
  /// The beginning of a regular file, and its size in bytes.
  /// - Throws: `InputError` of the given kind when the file cannot be read.
  package static func beginning(
    of path: String, upTo count: Int, kind: InputError.Kind, files: FileSystem = .system
  ) throws -> (bytes: [UInt8], size: Int) {
    let file = try reading(path, kind: kind, files: files)
    let size = try file.size()
    var bytes = [UInt8](repeating: 0, count: min(size, count))
    try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
    return (bytes, size)
  }

  /// All bytes of a regular file.
  /// - Throws: `InputError` of the given kind when the file cannot be read or is larger than `limit`.
  package static func contents(
    of path: String, limit: Int, kind: InputError.Kind, files: FileSystem = .system
  ) throws -> [UInt8] {
    let (bytes, size) = try beginning(of: path, upTo: limit, kind: kind, files: files)
    guard size <= limit else {
      throw InputError(
        kind, path, "has \(size) bytes, more than the \(limit) that are read", remedy: "check the path")
    }
    return bytes
  }
}
