import Architectures
import Basics

extension HeadKind: ConfigurationChoice {}

/// What follows from the architecture.
extension ModelSettings {
  /// The network's stages, heads and sizes.
  package var backbone: any Backbone { architecture.backbone(stem: stem) }

  /// The head that the network gets; never `auto`.
  package var chosenHead: HeadKind { head == .auto ? backbone.heads[0] : head }

  /// The head of a network that has several, or one that takes images of one size only; nil for other networks.
  package var headChoice: HeadKind? { backbone.heads.count > 1 || hasFixedSize ? chosenHead : nil }

  /// The shares that the dropouts of the head zero; empty for a head without dropout.
  package var dropouts: [Double] {
    let published = backbone.dropouts.map { (Double($0) * 100).rounded() / 100 }
    guard let dropout else { return published }
    return dropout == 0 ? [] : published.isEmpty ? [dropout] : published.map { _ in dropout }
  }

  /// Whether the network takes images of one size only.
  package var hasFixedSize: Bool { chosenHead == .flatten }

  /// The error of a head or a stem that the network does not have.
  var networkInconsistency: Inconsistency? {
    let heads = backbone.heads
    if head != .auto, !heads.contains(head) {
      let names = heads.map(\.rawValue)
      return Inconsistency(
        keys: ["model.head", "model.architecture"],
        problem: "model.head is \(head.rawValue), but \(architecture.rawValue) has "
          + (names.count == 1
            ? "the head \(names[0]) alone" : "the heads \(names.joined(separator: " and "))"),
        remedy: "choose model.head \((names + ["auto"]).joined(separator: " or "))")
    }
    guard stem != .sevenBySeven, !architecture.hasStems else { return nil }
    return Inconsistency(
      keys: ["model.stem", "model.architecture"],
      problem: "model.stem is \(stem.rawValue), but \(architecture.rawValue) has no choice of stems",
      remedy: "remove model.stem, or choose a ResNet or dfnn2")
  }

  /// The error of images that the network cannot take; nil for sizes that it can.
  package func sizeProblem(_ size: PatchSize) -> (problem: String, remedy: String)? {
    let least = backbone.smallestImage
    guard min(size.height, size.width) < least else { return nil }
    return (
      "images of \(size) pixels are too small for \(architecture.rawValue), which needs \(least)×\(least)",
      "choose larger patches, or a ResNet, which takes any size"
    )
  }
}

extension Experiment {
  /// The error of patches, as the configuration or the manifest states them, that the network cannot take.
  var sizeInconsistency: Inconsistency? {
    guard let size = data.patchSize.map({ PatchSize($0) }) ?? manifest.patchSize,
      let (problem, remedy) = model.sizeProblem(size)
    else { return nil }
    return Inconsistency(
      keys: ["data.patch_size", "model.architecture"], problem: problem, remedy: remedy)
  }
}
