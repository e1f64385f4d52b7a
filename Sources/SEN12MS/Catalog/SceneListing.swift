import Basics

/// The files in the folder of one scene and kind, from its listing. No file is opened.
struct SceneListing {
  /// Patches whose file is a regular one.
  private(set) var files: Set<PatchID> = []
  /// Patches whose entry in the listing is not a regular file: a link, a pipe, a folder, or of unknown type.
  private(set) var others: Set<PatchID> = []

  /// Reads the folder at `path`; empty when it is absent.
  /// - Throws: `InputError` (data) when the folder exists but cannot be read, or its path is broken.
  init(_ path: String, scene: SceneID, kind: FileKind) throws {
    try FolderListing.visit(path) { name, entry in
      guard let named = PatchID.parse(UnsafeRawBufferPointer(name)), named.kind == kind,
        named.patch.scene == scene
      else { return }
      switch entry {
      case .file: files.insert(named.patch)
      case .folder, .other: others.insert(named.patch)
      }
    }
  }

  /// Whether a file exists at `path`, for entries whose type the listing does not show.
  /// - Throws: `InputError` (data) when something else than a file is there, or the file cannot be reached.
  static func isFile(_ path: String) throws -> Bool {
    try FolderListing.isFile(path, expected: "a GeoTIFF file")
  }
}
