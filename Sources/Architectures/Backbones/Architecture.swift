/// A backbone by its name: what `model.architecture` chooses.
package struct Architecture: RawRepresentable, CaseIterable, Hashable, Sendable {
  /// A member of a family: its name, its name in prose, and how it is made with a stem. Families without a choice of
  /// stems leave the stem out of account.
  private struct Entry: Sendable {
    let name, title: String
    var hasStems = false
    let make: @Sendable (Stem) -> any Backbone
  }

  /// All backbones by name. A new family adds a line here.
  private static let entries: [Entry] =
    ResNet.Depth.allCases.map { depth in
      Entry(name: depth.rawValue, title: title(depth.rawValue, "ResNet"), hasStems: true) {
        ResNet(depth, stem: $0)
      }
    }
    + VGG.Member.allCases.map { member in
      Entry(name: member.rawValue, title: title(member.rawValue, "VGG")) { _ in VGG(member) }
    }
    + DenseNet.Depth.allCases.map { depth in
      Entry(name: depth.rawValue, title: title(depth.rawValue, "DenseNet")) { _ in DenseNet(depth) }
    }
    + [
      Entry(name: "dfn", title: "DFN") { _ in DFN() },
      Entry(name: "dfnn2", title: "DFNN2", hasStems: true) { DFNN2(stem: $0) },
    ]

  /// The name with the family's spelling: "VGG16 with batch norm" for "vgg16_bn".
  private static func title(_ name: String, _ family: String) -> String {
    name.replacing(family.lowercased(), with: family).replacing("_bn", with: " with batch norm")
  }

  package let rawValue: String

  package init?(rawValue: String) {
    guard Self.entries.contains(where: { $0.name == rawValue }) else { return nil }
    self.rawValue = rawValue
  }

  private init(_ depth: ResNet.Depth) { rawValue = depth.rawValue }

  package static let allCases = entries.map { Architecture(rawValue: $0.name)! }
  /// The smallest ResNet.
  public static let resnet18 = Architecture(.resnet18)
  package static let resnet101 = Architecture(.resnet101)

  private var entry: Entry { Self.entries.first { $0.name == rawValue }! }

  /// The name in prose: "ResNet101".
  package var title: String { entry.title }
  /// Whether the stem can be chosen.
  package var hasStems: Bool { entry.hasStems }

  package func backbone(stem: Stem = .sevenBySeven) -> any Backbone { entry.make(stem) }
}
