import Basics
import YAML
import Yams

/// The name of something that a data set has: an input of a network, or a class scheme. The manifest decides which names
/// there are.
package struct DataName: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  package let text: String

  package init(_ text: String) { self.text = text }
  package init(stringLiteral text: String) { self.text = text }

  package var description: String { text }
}

extension DataName: ConfigurationValue {
  static let expectation = "a name"

  init?(_ node: Node) {
    guard let text = String(node), !text.isEmpty else { return nil }
    self.init(text)
  }

  /// Without quotes where YAML needs none: `s2`, but `"Urban/Built-up: all"`.
  var configurationText: String {
    let isWord =
      text.first.map { $0.isASCII && ($0.isLetter || $0.isNumber) } == true
      && text.unicodeScalars.allSatisfy {
        $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0))
          || "_-./".unicodeScalars.contains($0)
      }
      && !["null", "true", "false", "yes", "no"].contains(text.lowercased())
    return isWord ? text : text.configurationText
  }
}
