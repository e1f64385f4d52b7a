/// What a join decides on while it runs: how much of each sensor it takes.
///
/// A join that decides patch by patch marks an output of the graph, `[N, 1, 1, K]`. A gate gives the mean over the pixels of the
/// first sensor's share for each of its K channels; the other sensor has the rest. An excitation gives its weights: those of
/// the first sensor's channels, then those of the next.
package enum SensorShares {
  /// The name of the output of a join, whose layer is `layer`: "shares.fusion2".
  package static func output(of layer: String) -> String { "shares." + layer }
}

extension FusionNetwork {
  /// The layers of joins that decide patch by patch how much of each sensor they take, in the order of the stages.
  package var decidingLayers: [String] {
    guard case .stages(let stages, let join) = fusion, join is Gate || join is Excitation else { return [] }
    return stages.map { Self.joinName($0, of: stages, join) }
  }

  /// What the deciding layers took of each sensor, `[N, layers, sensors]`: means over pixels and channels.
  ///
  /// A gate takes g of the first sensor and 1 − g of the second. An excitation takes a half of each of two sensors at the start
  /// of a training, and its weights need not add up to 1.
  /// - Parameter outputs: the outputs of an evaluation of N images.
  package func sensorShares(
    of outputs: [String: UnsafeBufferPointer<Float>], images: Int
  ) -> [Float] {
    let layers = decidingLayers.map { outputs[SensorShares.output(of: $0)]! }
    return (0..<images).flatMap { image in
      layers.flatMap { values in
        let own = values[image * (values.count / images)..<(image + 1) * (values.count / images)]
        if case .stages(_, let join) = fusion, join is Gate {
          let share = Self.mean(own)
          return [share, 1 - share]
        }
        let channels = own.count / sensors.count
        return sensors.indices.map { sensor in
          Self.mean(own.dropFirst(sensor * channels).prefix(channels))
        }
      }
    }
  }

  private static func mean(_ values: Slice<UnsafeBufferPointer<Float>>) -> Float {
    Float(values.reduce(0.0) { $0 + Double($1) } / Double(values.count))
  }
}
