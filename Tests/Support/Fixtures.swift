import Foundation

/// Where the reference numbers lie.
public enum Fixtures {
  private static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

  /// The copies inside the repository.
  public static let root = tests.appending(path: "Fixtures")

  /// Real satellite patches: outside the repository, absent on most machines.
  public static let realPatches: URL? = {
    let url = tests.appending(path: "../../shared/fixtures/real-sen12ms").standardizedFileURL
    return FileManager.default.fileExists(atPath: url.path) ? url : nil
  }()

  public static func url(_ path: String) -> URL { root.appending(path: path) }

  /// A JSON document.
  public static func json(_ path: String) throws -> JSON { try JSON(contentsOf: url(path)) }

  /// The tensors of a safetensors file.
  public static func tensors(_ path: String) throws -> ReferenceTensors {
    try ReferenceTensors(contentsOf: url(path))
  }
}

/// A folder of its own for one test, removed with the value.
public final class ScratchFolder: Sendable {
  public let url: URL
  public var path: String { url.path }

  public init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "fusionctl-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  public func file(_ name: String) -> URL { url.appending(path: name) }
}
