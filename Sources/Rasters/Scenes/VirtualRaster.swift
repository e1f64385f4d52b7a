import Basics
import CGDAL
import Foundation

/// The files that a virtual raster (VRT) names. They are checked before GDAL opens any of them.
enum VirtualRaster {
  /// How many virtual rasters may name one another.
  private static let mostLevels = 8
  /// The largest text of a virtual raster that is read, bytes.
  private static let largest = 64 << 20
  /// Elements whose text names a file.
  private static let naming: Set<String> = ["SourceFilename", "SourceDataset"]

  /// Refuses a virtual raster that names anything but files of this machine. Other files pass.
  /// - Throws: `InputError` (data).
  static func requireLocal(_ path: String, level: Int = 0) throws {
    try requireFile(path, in: nil)
    guard let text = try virtualText(of: path) else { return }
    guard level < mostLevels else {
      throw InputError(
        .data, path, "more than \(mostLevels) virtual rasters name one another",
        remedy: "name their sources directly")
    }
    let tree = GDALMessages.collect { _ in CPLParseXMLString(text) }
    guard let tree else {
      throw InputError(.data, path, "is no readable virtual raster", remedy: "write it again (gdalbuildvrt)")
    }
    defer { CPLDestroyXMLNode(tree) }
    for source in sources(in: tree) {
      let isRelative = source.isRelative && !source.name.hasPrefix("/")
      let file = isRelative ? "\(Path.folder(of: path))/\(source.name)" : source.name
      try requireFile(file, in: path)
      try requireLocal(file, level: level + 1)
    }
  }

  private static func requireFile(_ path: String, in raster: String?) throws {
    guard !path.hasPrefix("/vsi"), !path.contains("://"), !path.hasPrefix("<") else {
      throw InputError(
        .data, raster ?? path,
        (raster == nil ? "is" : "names '\(shownName(path))', which is") + " no file of this machine",
        remedy: "download or unpack the file, and name it")
    }
    if let error = PathState.of(path).error(.data, path, remedy: raster.map { "\($0) names it" }) {
      throw error
    }
  }

  /// The text of a virtual raster; nil for any other file.
  private static func virtualText(of path: String) throws -> String? {
    let file = try InputFile(path, limit: .max)
    var start = [UInt8](repeating: 0, count: min(file.bytes, 1024))
    let filled = try start.withUnsafeMutableBytes { try file.read(into: $0) }
    guard String(decoding: start.prefix(filled), as: UTF8.self).contains("<VRTDataset") else { return nil }
    return String(
      decoding: try OpenFile.contents(of: path, limit: largest, kind: .data), as: UTF8.self)
  }

  private static func sources(
    in tree: UnsafeMutablePointer<CPLXMLNode>
  ) -> [(name: String, isRelative: Bool)] {
    var found: [(String, Bool)] = []
    var node: UnsafeMutablePointer<CPLXMLNode>? = tree
    while let current = node {
      if current.pointee.eType == CXT_Element {
        if naming.contains(String(cString: current.pointee.pszValue)),
          let name = CPLGetXMLValue(current, nil, nil)
        {
          let isRelative = CPLGetXMLValue(current, "relativeToVRT", "0").map { String(cString: $0) } == "1"
          found.append((String(cString: name), isRelative))
        }
        if let child = current.pointee.psChild { found += sources(in: child) }
      }
      node = current.pointee.psNext
    }
    return found
  }
}
