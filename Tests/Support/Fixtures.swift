import Foundation

/// Paths of the reference data.
package enum Fixtures {
  private static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

  /// Folder of the reference data in the repository.
  package static let root = tests.appending(path: "Fixtures")

  /// Folder of real satellite patches, outside the repository; nil where there is none, as on most machines.
  package static let realPatches: URL? = {
    let url = tests.appending(path: "../../shared/fixtures/real-sen12ms").standardizedFileURL
    return FileManager.default.fileExists(atPath: url.path) ? url : nil
  }()

  package static func url(_ path: String) -> URL { root.appending(path: path) }

  /// A JSON document.
  package static func json(_ path: String) throws -> JSON { try JSON(contentsOf: url(path)) }

  /// The tensors of a safetensors file.
  package static func tensors(_ path: String) throws -> ReferenceTensors {
    try ReferenceTensors(contentsOf: url(path))
  }
}

/// A temporary folder for one test, removed when the value is freed.
package final class ScratchFolder: Sendable {
  package let url: URL
  package var path: String { url.path }

  package init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "fusionctl-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  package func file(_ name: String) -> URL { url.appending(path: name) }
}
