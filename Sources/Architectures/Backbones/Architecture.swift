/// A backbone by its name: what `model.architecture` chooses.
package struct Architecture: RawRepresentable, CaseIterable, Hashable, Sendable {
  /// Makes a backbone with a stem.
  private typealias Maker = @Sendable (Stem) -> any Backbone

  /// All backbones by name. A new family adds a line here.
  private static let makers: [(name: String, make: Maker)] = ResNet.Depth.allCases.map { depth in
    (depth.rawValue, { ResNet(depth, stem: $0) })
  }

  package let rawValue: String

  package init?(rawValue: String) {
    guard Self.makers.contains(where: { $0.name == rawValue }) else { return nil }
    self.rawValue = rawValue
  }

  private init(_ depth: ResNet.Depth) { rawValue = depth.rawValue }

  package static let allCases = makers.map { Architecture(rawValue: $0.name)! }
  /// The smallest ResNet.
  public static let resnet18 = Architecture(.resnet18)
  package static let resnet101 = Architecture(.resnet101)

  package func backbone(stem: Stem) -> any Backbone {
    Self.makers.first { $0.name == rawValue }!.make(stem)
  }
}
