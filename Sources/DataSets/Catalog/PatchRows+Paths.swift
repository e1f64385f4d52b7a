import Basics
import Foundation
import Imagery

extension PatchRows {
  /// Refuses fields that lead a path out of the data folder, such as a folder `../../home` in a table.
  ///
  /// The manifest's own texts are checked when it is read. So only values can do harm that hold a slash, or dots alone: the
  /// paths of their rows are made and looked at.
  /// - Parameter templates: the paths that are made of the fields.
  /// - Throws: `InputError` (data) for the first such path.
  func requireInside(_ templates: [Template], in root: URL) throws {
    let names = Set(templates.flatMap(\.fields))
    var isDoubtful = [Bool](repeating: false, count: count)
    for field in fields where names.contains(field.name) {
      for row in 0..<count where field.texts.withBytes(of: row, Self.isDoubtful) { isDoubtful[row] = true }
    }
    let rows = isDoubtful.indices.filter { isDoubtful[$0] }
    guard !rows.isEmpty else { return }
    for template in templates {
      let path = BoundTemplate(template, fields: fields.map(\.name))
      for row in rows { try RelativePath.require(path.text(row, fields), of: place(row), in: root) }
    }
  }

  private static func isDoubtful(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
    var isDots = true
    for byte in value {
      if byte == UInt8(ascii: "/") || byte == 0 { return true }
      if byte != UInt8(ascii: ".") { isDots = false }
    }
    return isDots
  }
}

extension RelativePath {
  /// - Parameter place: where the path comes from: "labels.csv, row 3".
  /// - Throws: `InputError` (data) for a path that leaves the data folder.
  static func require(_ path: String, of place: String, in root: URL) throws {
    guard let problem = problem(of: path) else { return }
    throw InputError(
      .data, root.path, "\(place): the path '\(shownName(path))' \(problem)",
      remedy: "correct the fields that the path is made of")
  }
}
