import Basics
import Foundation

/// Compiled kernels on disk, so that only the first run of a version compiles them.
///
/// A file has the name of a hash of source, options and compiler, and begins with a checksum of its contents. It is written
/// under a temporary name and renamed, so that two writers and a full disk do no harm. A damaged file is made anew.
struct CubinCache: Sendable {
  private let folder: String
  private let files: FileSystem

  /// The cache of the user: `$XDG_CACHE_HOME/fusionctl/kernels`, else `~/.cache/fusionctl/kernels`.
  init(_ environment: [String: String] = ProcessInfo.processInfo.environment, files: FileSystem = .system) {
    let base =
      environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
      ?? (environment["HOME"] ?? "/tmp") + "/.cache"
    self.init(folder: "\(base)/fusionctl/kernels", files: files)
  }

  init(folder: String, files: FileSystem = .system) { (self.folder, self.files) = (folder, files) }

  /// The machine code of a source, from the cache or from `compile`.
  /// - Parameter key: everything that the code depends on.
  /// - Throws: what `compile` throws. A cache that cannot be read or written is no error.
  func cubin(_ key: String, compile: () throws -> [UInt8]) throws -> [UInt8] {
    let path = "\(folder)/\(Self.name(key)).cubin"
    if let cached = Self.contents(path) { return cached }
    let code = try compile()
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try? AtomicFile.write(Self.sealed(code), to: path, files: files)
    return code
  }

  private static func name(_ key: String) -> String { String(digest(Array(key.utf8)), radix: 16) }

  private static func sealed(_ code: [UInt8]) -> [UInt8] {
    withUnsafeBytes(of: digest(code).littleEndian) { Array($0) } + code
  }

  /// nil where the file is absent, out of reach or damaged.
  private static func contents(_ path: String) -> [UInt8]? {
    guard let bytes = FileManager.default.contents(atPath: path).map(Array.init), bytes.count > 8 else {
      return nil
    }
    let code = Array(bytes[8...])
    return Array(bytes[..<8]) == withUnsafeBytes(of: digest(code).littleEndian, Array.init) ? code : nil
  }

  private static func digest(_ bytes: [UInt8]) -> UInt64 {
    var digest = Digest()
    bytes.withUnsafeBytes { digest.update($0) }
    return digest.value
  }
}
