import Basics

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#endif

/// Compiled kernels on disk, so that only the first run of a version compiles them.
///
/// A file is named by a hash of source, options and architecture, and by the version of the compiler. It begins with a checksum
/// of its contents. It is written under a temporary name and renamed, so that two writers and a full disk do no harm. A damaged
/// file is made anew.
struct CubinCache: Sendable {
  /// The folder of the files; nil where no variable names one, and nothing is kept.
  let folder: String?
  private let files: FileSystem

  /// Machine code, and why it is not kept on disk.
  struct Code {
    let bytes: [UInt8]
    /// Whether the code was compiled now.
    let isNew: Bool
    /// Nil where the code lies in the cache.
    let fault: InputError?
  }

  /// The cache of the user: `$XDG_CACHE_HOME/fusionctl/kernels`, else `~/.cache/fusionctl/kernels`.
  init(_ environment: [String: String] = ProcessInfo.processInfo.environment) {
    func folder(_ variable: String) -> String? { environment[variable].flatMap { $0.isEmpty ? nil : $0 } }
    let base = folder("XDG_CACHE_HOME") ?? folder("HOME").map { "\($0)/.cache" }
    self.init(folder: base.map { "\($0)/fusionctl/kernels" })
  }

  init(folder: String?, files: FileSystem = .system) { (self.folder, self.files) = (folder, files) }

  /// The machine code of a source, from the cache or from `compile`.
  /// - Parameters:
  ///   - key: everything that the code depends on besides the compiler.
  ///   - compiler: version of the compiler: "12.9".
  ///   - isNew: whether the cache's own file is replaced.
  /// - Throws: what `compile` throws. A cache that cannot be written is a fault of the result and no error.
  func code(_ key: String, by compiler: String, isNew: Bool = false, compile: () throws -> [UInt8]) throws
    -> Code
  {
    guard let folder else { return Code(bytes: try compile(), isNew: true, fault: Self.noFolder) }
    let path = "\(folder)/\(Self.name(key))-\(compiler).cubin"
    if !isNew, let bytes = contents(path) { return Code(bytes: bytes, isNew: false, fault: nil) }
    let bytes = try compile()
    do {
      try makeFolder(folder)
      try AtomicFile.write(Self.sealed(bytes), to: path, files: files)
      return Code(bytes: bytes, isNew: true, fault: nil)
    } catch let fault as InputError {
      return Code(bytes: bytes, isNew: true, fault: fault)
    }
  }

  /// The machine code of a source that a compiler of any version has made; nil where there is none.
  func code(_ key: String) -> [UInt8]? {
    guard let folder, let names = try? files.names(in: folder) else { return nil }
    let prefix = "\(Self.name(key))-"
    return names.filter { $0.hasPrefix(prefix) && $0.hasSuffix(".cubin") }.sorted().lazy.reversed()
      .compactMap { contents("\(folder)/\($0)") }.first
  }

  /// Number of files, and why no more can be written.
  var state: (count: Int, fault: InputError?) {
    guard let folder else { return (0, Self.noFolder) }
    let count = (try? files.names(in: folder))?.count { $0.hasSuffix(".cubin") } ?? 0
    return (count, access(nearestFolder(folder), W_OK) == 0 ? nil : FileSystem.error(.open, folder, errno))
  }

  static let noFolder = InputError(
    .environment, "XDG_CACHE_HOME", "is not set, nor is HOME, so that compiled kernels have no folder",
    remedy: "set XDG_CACHE_HOME to a folder of your own")

  /// The folder, or the one above it that exists.
  private func nearestFolder(_ folder: String) -> String {
    var folder = folder
    while files.state(of: folder) == .absent, folder != "/" { folder = Path.folder(of: folder) }
    return folder
  }

  private func makeFolder(_ folder: String) throws {
    guard files.state(of: folder) == .absent else { return }
    try makeFolder(Path.folder(of: folder))
    try files.makeFolder(folder)
  }

  private static func name(_ key: String) -> String { String(digest(Array(key.utf8)), radix: 16) }

  private static func sealed(_ code: [UInt8]) -> [UInt8] {
    withUnsafeBytes(of: digest(code).littleEndian) { Array($0) } + code
  }

  /// No kernels are larger, and a larger file is damaged.
  private static let limit = 64 << 20

  /// Nil where the file is absent, out of reach or damaged.
  private func contents(_ path: String) -> [UInt8]? {
    guard
      let bytes = try? OpenFile.contents(of: path, limit: Self.limit, kind: .environment, files: files),
      bytes.count > 8
    else { return nil }
    let code = Array(bytes[8...])
    return Array(bytes[..<8]) == withUnsafeBytes(of: Self.digest(code).littleEndian, Array.init) ? code : nil
  }

  private static func digest(_ bytes: [UInt8]) -> UInt64 {
    var digest = Digest()
    bytes.withUnsafeBytes { digest.update($0) }
    return digest.value
  }
}
