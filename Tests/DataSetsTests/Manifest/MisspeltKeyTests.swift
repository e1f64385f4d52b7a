import Basics
import Foundation
import TestSupport
import Testing
import Yams

@testable import DataSets

/// The texts of manifests: those that are built in, and fixtures that differ from them.
let allManifests: [(name: String, text: String)] = {
  do {
    let fixtures = ["dfc2020", "eurosat-ms"]
    return try Manifest.builtInNames.map { ("built-in \($0)", try Manifest.builtIn(named: $0).text) }
      + fixtures.map { ("fixture \($0)", try fixture($0).text) }
  } catch {
    return [("unreadable: \(error)", "")]
  }
}()

/// The error of a text that is no good manifest; nil where it is one.
func complaint(_ text: String) throws -> InputError? {
  do {
    _ = try Manifest(text: text, source: "dataset.yaml")
    return nil
  } catch let error as InputError {
    #expect(error.kind == .data)
    #expect(error.description == error.description.printable && error.description.count < 1500)
    return error
  }
}

@Suite struct MisspeltKeyTests {
  /// A key in a text.
  private struct Key {
    let path: [String]
    let line, column: Int
    var name: String { path[path.count - 1] }

    /// Whether the author of a manifest chooses the names at this place.
    var isFree: Bool {
      let group = path.dropLast()
      let owners = [
        ["sensors"], ["inputs"], ["fields"], ["schemes"], ["catalog", "match"], ["catalog", "where"],
        ["labels", "codes"], ["normalisation"],
      ]
      if owners.contains(Array(group)) { return true }
      switch (group.first, group.count) {
      case ("schemes", 2): return !["drop", "empty"].contains(name)
      case ("sensors", 3): return group.last == "bands"
      case ("normalisation", 3): return true
      case ("splits", 3): return group.last == "where"
      default: return false
      }
    }
  }

  private func keys(_ node: Node, _ path: [String] = []) throws -> [Key] {
    switch node {
    case .mapping(let mapping):
      return try mapping.flatMap { key, value in
        let name = try #require(key.string)
        let mark = try #require(key.mark)
        return [Key(path: path + [name], line: mark.line, column: mark.column)]
          + (try keys(value, path + [name]))
      }
    case .sequence(let items):
      return try items.enumerated().flatMap { number, item in
        try keys(item, path.dropLast() + ["\(path[path.count - 1]) entry \(number + 1)"])
      }
    case .scalar, .alias: return []
    }
  }

  /// The text with a letter after a key.
  private func misspelt(_ text: String, _ key: Key) throws -> String {
    var lines = text.components(separatedBy: "\n")
    let line = lines[key.line - 1]
    let start = line.index(line.startIndex, offsetBy: key.column - 1)
    let end = try #require(line.index(start, offsetBy: key.name.count, limitedBy: line.endIndex))
    try #require(line[start..<end] == key.name || line[start] == "\"", "\(key.path) in '\(line)'")
    lines[key.line - 1] = line.replacingCharacters(
      in: line[start] == "\"" ? end..<end : start..<end, with: key.name + "q")
    return lines.joined(separator: "\n")
  }

  /// Each key of each manifest by itself: one line that names the line, the wrong key and the right one.
  @Test(arguments: allManifests.indices)
  func everyKey(_ number: Int) throws {
    let (name, text) = allManifests[number]
    let root = try #require(try Yams.compose(yaml: text), "\(name)")
    let keys = try keys(root)
    #expect(keys.count > 30)
    for key in keys where !key.isFree {
      let error = try #require(try complaint(try misspelt(text, key)), "\(name): \(key.path)")
      let line = error.description
      #expect(error.subject == "dataset.yaml:\(key.line)", "\(line)")
      #expect(
        line.contains("\(key.path.joined(separator: "."))q") && line.contains("'\(key.name)'"), "\(line)")
    }
    // The author's own names may be wrong together with what names them, or good.
    for key in keys where key.isFree && key.name.allSatisfy({ $0.isLetter || $0.isNumber }) {
      _ = try complaint(try misspelt(text, key))
    }
  }

  /// Every fifth line of each manifest left out: a good manifest, or one plain line.
  @Test(arguments: allManifests.indices)
  func everyLineLeftOut(_ number: Int) throws {
    let lines = allManifests[number].text.components(separatedBy: "\n")
    for line in lines.indices where line % 5 == number % 5 {
      var rest = lines
      rest.remove(at: line)
      _ = try complaint(rest.joined(separator: "\n"))
    }
  }
}
