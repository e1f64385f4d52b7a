import Foundation
import Tensors

/// All bytes of a small or middling file. Reading, unlike mapping, cannot fault when the file shrinks.
/// - Throws: `InputError` (data) when the file is absent, a folder, unreadable or larger than `limit` bytes.
func fileBytes(of url: URL, limit: Int) throws -> [UInt8] {
  func problem(_ text: String) -> InputError { InputError(.data, url.path, text) }

  let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw problem("cannot be opened (\(String(cString: strerror(errno))))") }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
    throw problem("is not a file")
  }
  let size = Int(status.st_size)
  guard size <= limit else { throw problem("has \(size) bytes, more than the \(limit) that are read") }

  return try [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
    while filled < size {
      let count = read(descriptor, buffer.baseAddress! + filled, size - filled)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw problem("cannot be read (\(String(cString: strerror(errno))))") }
      if count == 0 { break }
      filled += count
    }
  }
}
