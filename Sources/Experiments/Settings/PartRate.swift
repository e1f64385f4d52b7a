import Basics
import YAML
import Yams

/// A part of the network and the factor of its learning rate: `layer4=0.1`.
package struct PartRate: Hashable, Sendable {
  package let part: DataName
  package let factor: Double
}

extension PartRate: ConfigurationValue {
  static let expectation = "a part and a factor from 0 to 1000000, such as layer4=0.1"

  init?(_ node: Node) {
    guard let pieces = node.plainText?.split(separator: "=", omittingEmptySubsequences: false),
      pieces.count == 2, !pieces[0].isEmpty,
      let factor = BoundedNumber.real(String(pieces[1]), in: 0...1e6)
    else { return nil }
    self.init(part: DataName(String(pieces[0])), factor: factor)
  }

  var configurationText: String { "\(part.text)=\(factor)" }
}
