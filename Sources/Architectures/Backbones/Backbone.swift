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
  /// The stage that a layer belongs to, or "classifier".
  /// - Parameter module: the first part of the layer's name after the prefix: "conv1" of "conv1", "layer1" of
  ///   "layer1.0.conv2".
  func part(ofModule module: String) -> String
}

/// The end of a classifier: its classes and its dropout.
public struct Head: Hashable, Sendable {
  package let classes: Int
  /// Share of the pooled features that dropout zeroes in training.
  package let dropout: Float

  /// - Parameter dropout: a share in 0..<1; 0 for none.
  public init(classes: Int, dropout: Float = 0) {
    (self.classes, self.dropout) = (classes, dropout)
  }
}

extension Backbone {
  /// All stages one after the other, `[N, H, W, C]` to `[N, H', W', C']`.
  package func features(of input: ValueID, in graph: inout Graph, prefix: String) -> ValueID {
    var x = input
    for index in stages.indices { x = stage(index, of: x, in: &graph, prefix: prefix) }
    return x
  }
}
