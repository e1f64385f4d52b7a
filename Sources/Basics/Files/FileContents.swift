import Foundation

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
