import Basics
import Foundation
import YAML
import Yams

/// A type that a configuration key can have.
///
/// Each type reads its values from the text of a node by its own rules. The rules of YAML 1.1 would read `1e-5` as a
/// word, `010` as 8 and `no` as a truth value.
protocol ConfigurationValue: Equatable, Sendable {
  /// The allowed values, in words that follow "expected".
  static var expectation: String { get }
  /// The allowed words; empty where the value is not one of a few words.
  static var choices: [String] { get }
  /// - Returns: nil if the node holds something else.
  init?(_ node: Node)
  /// A text that reads back as an equal value.
  var configurationText: String { get }
}

extension ConfigurationValue {
  static var choices: [String] { [] }
}

extension Int: ConfigurationValue {
  static let expectation = "a whole number"
  init?(_ node: Node) {
    guard let value = node.plainText.flatMap({ BoundedNumber.whole($0, in: .min ... .max) }) else {
      return nil
    }
    self = value
  }
  var configurationText: String { description }
}

extension UInt64: ConfigurationValue {
  static let expectation = "a whole number from 0 to 18446744073709551615"
  init?(_ node: Node) {
    guard let value = node.plainText.flatMap({ UInt64($0) }) else { return nil }
    self = value
  }
  var configurationText: String { description }
}

extension Double: ConfigurationValue {
  static let expectation = "a number"
  init?(_ node: Node) {
    let finite = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
    guard let value = node.plainText.flatMap({ BoundedNumber.real($0, in: finite) }) else { return nil }
    self = value
  }
  var configurationText: String { description }
}

extension Bool: ConfigurationValue {
  static let expectation = "true or false"
  static let choices = ["true", "false"]
  init?(_ node: Node) {
    guard let value = node.plainText.flatMap({ Bool($0) }) else { return nil }
    self = value
  }
  var configurationText: String { description }
}

extension String: ConfigurationValue {
  static let expectation = "a text"
  init?(_ node: Node) {
    guard case .scalar(let scalar) = node, !node.isNull else { return nil }
    self = scalar.string
  }
  /// Always in double quotes, with everything escaped that YAML would fold or refuse.
  var configurationText: String {
    let escaped = unicodeScalars.map { scalar in
      switch scalar {
      case "\"", "\\": "\\\(scalar)"
      case "\u{0}"..<" ", "\u{7F}"..."\u{A0}", "\u{2028}", "\u{2029}", "\u{FEFF}", "\u{FFFE}"..."\u{FFFF}":
        String(format: "\\u%04X", scalar.value)
      default: String(scalar)
      }
    }
    return "\"" + escaped.joined() + "\""
  }
}

extension Optional: ConfigurationValue where Wrapped: ConfigurationValue {
  static var expectation: String { "\(Wrapped.expectation) or null" }
  static var choices: [String] { Wrapped.choices }
  init?(_ node: Node) {
    if node.isNull {
      self = .none
    } else {
      guard let value = Wrapped(node) else { return nil }
      self = .some(value)
    }
  }
  var configurationText: String { self?.configurationText ?? "null" }
}

extension Array: ConfigurationValue where Element: ConfigurationValue {
  static var expectation: String { "a list, each entry \(Element.expectation)" }
  static var choices: [String] { Element.choices }
  init?(_ node: Node) {
    let items: [Node]
    switch node {
    case .sequence(let entries): items = entries.map { $0 }
    // A shell needs quotes around brackets, so `model.sensors=s2,s1` also means [s2, s1].
    case .scalar(let scalar) where scalar.style == .plain && !node.isNull:
      items = scalar.string.split(separator: ",", omittingEmptySubsequences: false).map {
        Node($0.trimmingCharacters(in: .whitespaces), .implicit, .plain)
      }
    case .scalar, .mapping, .alias: return nil
    }
    let values = items.compactMap { Element($0) }
    guard values.count == items.count else { return nil }
    self = values
  }
  var configurationText: String { "[" + map(\.configurationText).joined(separator: ", ") + "]" }
}

/// A value that is one of a few words.
protocol ConfigurationChoice: ConfigurationValue, RawRepresentable, CaseIterable where RawValue == String {}

extension ConfigurationChoice {
  static var choices: [String] { allCases.map(\.rawValue) }
  static var expectation: String { "one of " + choices.joined(separator: ", ") }
  init?(_ node: Node) {
    guard case .scalar(let scalar) = node else { return nil }
    self.init(rawValue: scalar.string)
  }
  var configurationText: String { rawValue }
}

/// A value that is chosen by its name among the few that the data set has.
protocol NamedChoice: ConfigurationValue {
  static var known: [Self] { get }
  var name: String { get }
}

extension NamedChoice {
  static var choices: [String] { known.map(\.name) }
  static var expectation: String { "one of " + choices.joined(separator: ", ") }
  init?(_ node: Node) {
    guard case .scalar(let scalar) = node, let value = Self.known.first(where: { $0.name == scalar.string })
    else { return nil }
    self = value
  }
  var configurationText: String { name }
}
