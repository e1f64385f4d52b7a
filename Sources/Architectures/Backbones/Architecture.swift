/// A backbone by its name: what `model.architecture` chooses.
package struct Architecture: RawRepresentable, CaseIterable, Hashable, Sendable {
  /// All backbones. A new family adds a line here.
  private static let backbones: [any Backbone] = ResNet.Depth.allCases.map(ResNet.init)

  package let rawValue: String

  package init?(rawValue: String) {
    guard Self.backbones.contains(where: { $0.name == rawValue }) else { return nil }
    self.rawValue = rawValue
  }

  private init(_ backbone: some Backbone) { rawValue = backbone.name }

  package static let allCases = backbones.map { Architecture($0) }
  /// The smallest ResNet.
  public static let resnet18 = Architecture(ResNet(.resnet18))
  package static let resnet101 = Architecture(ResNet(.resnet101))

  package var backbone: any Backbone { Self.backbones.first { $0.name == rawValue }! }
}
