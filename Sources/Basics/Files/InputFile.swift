#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#endif

/// A regular file, open for reading. Reading, unlike mapping, cannot fault when the file shrinks.
package struct InputFile: ~Copyable {
  let path: String
  /// Size in bytes when the file was opened.
  package let bytes: Int

  private let descriptor: Int32

  /// - Throws: `InputError` (data) when the file is absent, not a regular file or larger than `limit` bytes.
  package init(_ path: String, limit: Int, remedy: String? = nil) throws {
    func problem(_ text: String) -> InputError { InputError(.data, path, text, remedy: remedy) }

    // Without O_NONBLOCK, opening a pipe would wait for its writer. Regular files ignore the flag.
    let opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard opened >= 0 else {
      let code = errno
      throw PathState.of(path).error(.data, path, remedy: remedy)
        ?? InputError(
          .data, path, "cannot be opened (\(SystemFault.reason(code)))",
          remedy: SystemFault.remedy(code) ?? remedy)
    }
    var status = stat()
    do {
      guard fstat(opened, &status) == 0 else { throw Self.unreadable(path, errno) }
      guard status.st_mode & S_IFMT == S_IFREG else { throw problem("is not a file") }
      guard status.st_size <= limit else {
        throw problem("has \(status.st_size) bytes, more than the \(limit) that are read")
      }
    } catch {
      close(opened)
      throw error
    }
    self.path = path
    bytes = Int(status.st_size)
    descriptor = opened
  }

  deinit { close(descriptor) }

  /// Reads from the current position until `buffer` is full or the file ends.
  /// - Returns: the number of bytes read.
  /// - Throws: `InputError` (data) when the system cannot read it.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    var filled = 0
    while filled < buffer.count {
      let count = Glibc.read(descriptor, buffer.baseAddress! + filled, buffer.count - filled)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw Self.unreadable(path, errno) }
      if count == 0 { break }
      filled += count
    }
    return filled
  }

  private static func unreadable(_ path: String, _ code: Int32) -> InputError {
    InputError(.data, path, "cannot be read (\(SystemFault.reason(code)))", remedy: SystemFault.remedy(code))
  }
}

/// All bytes of a file.
/// - Throws: `InputError` (data) when the file is absent, a folder, unreadable or larger than `limit` bytes.
package func fileBytes(of url: URL, limit: Int) throws -> [UInt8] {
  let file = try InputFile(url.path, limit: limit)
  return try [UInt8](unsafeUninitializedCapacity: file.bytes) { buffer, filled in
    filled = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
  }
}
