extension Manifest {
  /// Reads a manifest.
  /// - Parameter source: the text's name in messages: its path.
  /// - Throws: `InputError` (data), one line with the line and the key, for text that is no manifest.
  package init(text: String, source: String) throws {
    var reader = try ManifestReader(text, source: source)
    self = try reader.manifest(text: text, source: source)
  }

  /// Reads the file of a manifest.
  /// - Throws: `InputError` (data), also for a file that cannot be read or has more than 256 KB.
  package init(contentsOf path: String) throws {
    try self.init(text: ManifestReader.yaml.contents(of: path), source: path)
  }
}
