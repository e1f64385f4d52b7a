import Networks

/// A family of classifiers, built stage by stage, so that the features of several sensors can be joined after
/// any stage.
///
/// One family is one file with a type that conforms to this. A line in `Architecture` gives its members their
/// names.
public protocol Backbone: Sendable {
  /// The name of the member, as `model.architecture` gives it: "resnet101".
  var name: String { get }
  /// Names of the stages in order, as `plan` shows them: "stem", "layer1", …
  var stages: [String] { get }
  /// One stage, `[N, H, W, C]` to `[N, H', W', C']`. Names of layers and parameters begin with `prefix`, such
  /// as "s1.".
  func stage(_ index: Int, of x: ValueID, in graph: inout Graph, prefix: String) -> ValueID
  /// The end of the network, `[N, H, W, C]` to logits `[N, 1, 1, classes]`.
  func classifier(of x: ValueID, in graph: inout Graph, prefix: String, head: Head) -> ValueID
  /// The heads that the network may have. The first one is the default.
  var heads: [HeadKind] { get }
  /// The published share of dropout behind each hidden linear layer; empty for a head without hidden layers.
  var dropouts: [Float] { get }
  /// The smallest height and width of images: smaller ones would leave a stage without a pixel.
  var smallestImage: Int { get }
  /// The stage that a layer belongs to, or "classifier".
  /// - Parameter name: the layer's name after the prefix: "conv1", "layer1.0.conv2", "features.28".
  func part(ofLayer name: String) -> String
}

extension Backbone {
  /// The first part of a layer's name: "layer1" of "layer1.0.conv2".
  static func module(of name: some StringProtocol) -> String { String(name.prefix { $0 != "." }) }

  /// Some stages one after the other, `[N, H, W, C]` to `[N, H', W', C']`.
  package func features(
    of input: ValueID, in graph: inout Graph, prefix: String = "", stages: Range<Int>? = nil
  ) -> ValueID {
    var x = input
    for index in stages ?? self.stages.indices { x = stage(index, of: x, in: &graph, prefix: prefix) }
    return x
  }
}
