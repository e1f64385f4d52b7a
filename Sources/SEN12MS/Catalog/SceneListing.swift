import Basics
import Foundation

/// The files in the folder of one scene and kind, from its listing. No file is opened.
struct SceneListing {
  /// Patches whose file is a regular one.
  private(set) var files: Set<PatchID> = []
  /// Patches whose entry in the listing is not a regular file: a link, a pipe, a folder, or of unknown type.
  private(set) var others: Set<PatchID> = []

  /// Reads the folder at `path`; empty when it is absent.
  /// - Throws: `InputError` (data) when the folder exists but cannot be read, or its path is broken.
  init(_ path: String, scene: SceneID, kind: FileKind) throws {
    guard let folder = opendir(path) else {
      let code = errno
      let state = PathState.of(path)
      if code == ENOENT, state == .absent { return }
      throw state.error(.data, path) ?? Self.unreadable(path, code)
    }
    defer { closedir(folder) }
    while true {
      errno = 0
      guard let entry = readdir(folder) else {
        guard errno == 0 else { throw Self.unreadable(path, errno) }
        return
      }
      let named = withUnsafeBytes(of: &entry.pointee.d_name) { name in
        PatchID.parse(UnsafeRawBufferPointer(rebasing: name.prefix { $0 != 0 }))
      }
      guard let named, named.kind == kind, named.patch.scene == scene else { continue }
      if Int32(entry.pointee.d_type) == DT_REG {
        files.insert(named.patch)
      } else {
        others.insert(named.patch)
      }
    }
  }

  /// The error about a folder that exists but cannot be read.
  static func unreadable(_ path: String, _ code: Int32) -> InputError {
    InputError(
      .data, path, "the folder cannot be read (\(SystemFault.reason(code)))", remedy: SystemFault.remedy(code)
    )
  }

  /// Whether a file exists at `path`, for entries whose type the listing does not show.
  /// - Throws: `InputError` (data) when something else than a file is there, or the file cannot be reached.
  static func isFile(_ path: String) throws -> Bool {
    let state = PathState.of(path)
    switch state {
    case .present(.file): return true
    case .absent: return false
    case .present(.folder): throw InputError(.data, path, "is a folder, expected a GeoTIFF file")
    case .present(.other):
      throw InputError(.data, path, "is a pipe, a socket or a device, expected a GeoTIFF file")
    case .dangling, .unreachable:
      guard let error = state.error(.data, path) else { preconditionFailure("nothing is there") }
      throw error
    }
  }
}
