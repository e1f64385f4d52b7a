import Basics
import Imagery
import YAML
import Yams

/// A value in the text of a manifest, and the key at which it stands. The key decides how a scalar is read: `No`, `1e3`
/// and `2017` are texts where texts are expected.
struct ManifestValue {
  let node: Node
  /// The key with those around it: "sensors.s2.bands".
  let path: String
  /// The name of the manifest.
  let source: String
  /// The line of the key: "dataset.yaml:12".
  let place: String

  init(_ node: Node, path: String, source: String, mark: Mark?) {
    (self.node, self.path, self.source) = (node, path, source)
    place = mark.map { "\(source):\($0.line)" } ?? source
  }

  /// The longest text of a scalar, in characters. Sentences of `about` and `reference` may be as long.
  private static let longestText = 1000

  /// - Parameter problem: words that follow the key: "is empty".
  func error(_ problem: String, remedy: String? = nil) -> InputError {
    InputError(.data, place, "\(path.isEmpty ? "the manifest" : path) \(problem)", remedy: remedy)
  }

  /// - Parameter expected: what the value must be: "a number".
  func unexpected(_ expected: String, remedy: String? = nil) -> InputError {
    error("is \(node.found), expected \(expected)", remedy: remedy)
  }

  /// A text on one line. A name, a path, a class.
  func text(_ expected: String = "a text") throws -> String {
    guard case .scalar(let scalar) = node else { throw unexpected(expected) }
    let text = scalar.string
    guard !text.isEmpty else { throw error("is empty, expected \(expected)") }
    guard text.unicodeScalars.prefix(Self.longestText + 1).count <= Self.longestText else {
      throw error("has more than \(Self.longestText) characters")
    }
    guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
      throw error("'\(shownName(text))' holds a control character", remedy: "write it on one line")
    }
    return text
  }

  /// A sentence, which may go over several lines.
  func sentence() throws -> String {
    guard case .scalar(let scalar) = node else { throw unexpected("a text") }
    let words = scalar.string.split { $0.isNewline || $0 == "\t" || $0 == " " }.joined(separator: " ")
    let copy = ManifestValue(Node(words), path: path, source: source, mark: nil)
    guard !words.isEmpty, words.utf8.count <= Self.longestText else {
      throw error(words.isEmpty ? "is empty, expected a text" : "has more than \(Self.longestText) bytes")
    }
    do { return try copy.text() } catch { throw self.error("holds a control character") }
  }

  /// A word that is one of a few.
  func choice<Choice: RawRepresentable & CaseIterable>(_ type: Choice.Type) throws -> Choice
  where Choice.RawValue == String {
    let known = Choice.allCases.map(\.rawValue)
    return Choice(rawValue: try choice(known))!
  }

  /// A word that is one of a few.
  func choice(_ known: [String]) throws -> String {
    let expected = known.count == 1 ? known[0] : "one of " + known.joined(separator: ", ")
    let text = try text(expected)
    guard known.contains(text) else { throw unexpected(expected, remedy: Self.meant(text, known)) }
    return text
  }

  /// "did you mean 'uint16'?"; nil where no known word is near.
  static func meant(_ text: String, _ known: [String]) -> String? {
    Spelling.nearest(to: text, among: known).map { "did you mean '\(shownName($0))'?" }
  }

  /// A finite number in a range.
  /// - Parameter expected: the range in words; nil for any number.
  func number(
    in range: ClosedRange<Double> = -1e30...1e30, _ expected: String = "a number"
  ) throws -> Double {
    guard case .scalar(let scalar) = node, let value = BoundedNumber.real(scalar.string, in: range) else {
      throw unexpected(expected)
    }
    return value
  }

  /// A whole number in a range.
  func whole(in range: ClosedRange<Int>) throws -> Int {
    guard case .scalar(let scalar) = node, let value = BoundedNumber.whole(scalar.string, in: range) else {
      throw unexpected("a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// The entries of a list.
  /// - Parameters:
  ///   - expected: what the list holds: "bands".
  ///   - most: the largest number of entries.
  func list(of expected: String, most: Int) throws -> [ManifestValue] {
    guard case .sequence(let items) = node else { throw unexpected("a list of \(expected) [a, b]") }
    guard items.count <= most else { throw error("has \(items.count) entries, expected at most \(most)") }
    return items.enumerated().map { number, item in
      ManifestValue(item, path: "\(path) entry \(number + 1)", source: source, mark: item.mark)
    }
  }

  /// Different texts, at least one.
  func texts(of expected: String, most: Int) throws -> [String] {
    var known: Set<String> = []
    let texts = try list(of: expected, most: most).map { item in
      let text = try item.text()
      guard known.insert(text).inserted else { throw item.error("names '\(shownName(text))' again") }
      return text
    }
    guard !texts.isEmpty else { throw error("is an empty list, expected \(expected)") }
    return texts
  }

  /// A text or a list of texts.
  func textOrTexts(of expected: String, most: Int) throws -> [String] {
    if case .scalar = node { return [try text()] }
    return try texts(of: expected, most: most)
  }

  /// A group whose keys are names that the author chooses.
  /// - Parameter expected: what the names are: "sensors".
  func entries(of expected: String, most: Int) throws -> [(name: String, value: ManifestValue)] {
    guard case .mapping(let mapping) = node else { throw unexpected("a group {name: …} of \(expected)") }
    guard mapping.count <= most else {
      throw error("has \(mapping.count) entries, expected at most \(most)")
    }
    var names: Set<String> = []
    return try mapping.map { key, value in
      let whole = path.isEmpty ? "" : path + "."
      let keyValue = ManifestValue(key, path: path.isEmpty ? "a key" : path, source: source, mark: key.mark)
      guard case .scalar(let scalar) = key else {
        throw InputError(.data, keyValue.place, "a key must be a word, found \(key.found)")
      }
      let name = scalar.string
      guard names.insert(name).inserted else {
        throw InputError(
          .data, keyValue.place, "'\(whole)\(shownName(name))' is given more than once", remedy: "keep one")
      }
      let entry = ManifestValue(value, path: whole + shownName(name), source: source, mark: key.mark)
      guard !name.isEmpty, name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
        throw entry.error("is no name: it is empty or holds a control character")
      }
      return (name, entry)
    }
  }

  /// A group of known keys.
  func group(_ keys: [String]) throws -> ManifestGroup {
    guard case .mapping = node else {
      throw unexpected("a group of the keys " + keys.joined(separator: ", "))
    }
    return try ManifestGroup(self, try entries(of: "keys", most: 1000), keys: keys)
  }
}
