/// What a join decides on while it runs: how much of each sensor it takes.
///
/// A join that decides patch by patch marks an output of the graph, `[N, 1, 1, K]`. A gate gives the mean over the pixels of the
/// first sensor's share for each of its K channels; the other sensor has the rest. An excitation gives its weights: those of
/// the first sensor's channels, then those of the next.
package enum SensorShares {
  /// The name of the output of a join, whose layer is `layer`: "shares.fusion2".
  package static func output(of layer: String) -> String { prefix + layer }

  /// The layer of the join that an output belongs to; nil for an output of another kind.
  package static func layer(ofOutput name: String) -> String? {
    name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : nil
  }

  private static let prefix = "shares."
}
