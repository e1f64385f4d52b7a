import Networks

/// How the values of several sensors become one.
///
/// One join is one file. `Fusion` says where in a network the join is.
public protocol Join: Sendable {
  /// Joins images or features `[N, H, W, C]`. They agree in all dimensions but those that the join allows to
  /// differ.
  /// - Parameter name: name of the layer; names of further layers and parameters begin with it.
  func join(_ values: [ValueID], in graph: inout Graph, name: String) -> ValueID
}
