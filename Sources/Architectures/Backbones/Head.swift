import Networks

/// The layers behind the last stage of a network, up to the logits.
public enum HeadKind: String, CaseIterable, Hashable, Sendable {
  /// The first of the heads that the network has.
  case auto
  /// The features are averaged, so images may have any size: torchvision's heads.
  case pooled
  /// Every number of the features is an input of a linear layer, so images must have one size: the heads of the SEN12MS
  /// toolbox and of DFN.
  case flatten
  /// The features are averaged, and several linear layers follow: the head of DFNN2.
  case mlp
}

/// The end of a classifier: its classes, its layers and its dropout.
public struct Head: Hashable, Sendable {
  package let classes: Int
  package let kind: HeadKind
  /// Share of the features in front of the linear layers that dropout zeroes in training; nil for the published shares of
  /// the network (`Backbone.dropouts`).
  package let dropout: Float?

  /// - Parameters:
  ///   - kind: one of `Backbone.heads`, or `auto`.
  ///   - dropout: a share in 0..<1; 0 for none, nil for the published shares.
  public init(classes: Int, kind: HeadKind = .auto, dropout: Float? = nil) {
    (self.classes, self.kind, self.dropout) = (classes, kind, dropout)
  }
}

extension Backbone {
  /// The head that a network gets: the first one of the backbone for `auto`.
  /// - Precondition: a head that the backbone has.
  package func kind(of head: Head) -> HeadKind {
    guard head.kind != .auto else { return heads[0] }
    precondition(
      heads.contains(head.kind),
      "\(name) has the heads \(heads.map(\.rawValue).joined(separator: ", ")), not \(head.kind.rawValue)")
    return head.kind
  }
}

extension Graph {
  /// One linear layer on features `[N, H, W, C]`, with dropout in front.
  mutating func classifier(
    of x: ValueID, _ name: String, _ head: Head, prefix: String
  ) -> ValueID {
    let kept = dropout(x, rate: head.dropout ?? 0, prefix + "dropout")
    return linear(kept, prefix + name, outputs: head.classes)
  }

  /// Linear layers on features `[N, H, W, C]`, a ReLU and dropout behind each but the last. They have the names of an
  /// `nn.Sequential`: `name.0`, `name.3`, … are linear, `name.1`, `name.4`, … the ReLUs.
  ///
  /// - Parameters:
  ///   - hidden: outputs of the layers but the last, which has one for each class.
  ///   - dropouts: the published share behind each hidden layer.
  mutating func linearLayers(
    of features: ValueID, _ name: String, hidden: [Int], dropouts: [Float], _ head: Head
  ) -> ValueID {
    var x = features
    for (index, (outputs, share)) in zip(hidden, dropouts).enumerated() {
      x = linear(x, "\(name).\(3 * index)", outputs: outputs)
      x = relu(x, "\(name).\(3 * index + 1)")
      x = dropout(x, rate: head.dropout ?? share, "\(name).\(3 * index + 2)")
    }
    return linear(x, "\(name).\(3 * hidden.count)", outputs: head.classes)
  }
}
