import Checkpoints

/// The tensors of a network by its branches, as weights of other networks are mapped to them.
package struct NetworkTensors: Sendable {
  /// A part of the network that can take the weights of a file.
  package struct Branch: Sendable {
    /// The name of a sensor, or `shared` for what all sensors go through.
    package let name: String
    /// What stands before the names of its tensors: `s1.`, or nothing.
    package let prefix: String
    package let tensors: [TensorInfo]
    /// The convolution that sees the images; nil for a branch behind a fusion.
    package let firstConvolution: String?
    /// The channels of the images, in order.
    package let channels: [Channel]

    package init(
      name: String, prefix: String, tensors: [TensorInfo], firstConvolution: String?, channels: [Channel]
    ) {
      (self.name, self.prefix, self.tensors) = (name, prefix, tensors)
      (self.firstConvolution, self.channels) = (firstConvolution, channels)
    }

    /// The name of a tensor without the prefix.
    func plain(_ name: String) -> String { String(name.dropFirst(prefix.count)) }
  }

  /// A band of a sensor, with zeros before its number left out: `B2`.
  package struct Channel: Hashable, Sendable {
    package let sensor, band: String

    package init(sensor: String, band: String) { (self.sensor, self.band) = (sensor, band) }
  }

  /// The branch behind a fusion, or the whole network where there is only one.
  package static let shared = "shared"

  package let branches: [Branch]
  /// Tensors of joins, which no other network has.
  package let joins: [TensorInfo]
  /// Names of the last layers, whose width is the number of classes.
  package let heads: Set<String>

  package init(branches: [Branch], joins: [TensorInfo], heads: Set<String>) {
    (self.branches, self.joins, self.heads) = (branches, joins, heads)
  }

  /// The sensors, in the order of their branches.
  var sensors: [String] {
    var names: [String] = []
    for channel in branches.flatMap(\.channels) where !names.contains(channel.sensor) {
      names.append(channel.sensor)
    }
    return names
  }

  /// Names without prefixes of all branches: those of a whole network of the family.
  var plainNames: Set<String> {
    Set(branches.flatMap { branch in branch.tensors.map { branch.plain($0.name) } })
  }

  /// The parts that a file can be told to fill: the sensors, and `shared` where the network has such a branch. Late fusion has
  /// none.
  var targets: [String] { sensors + (branches.contains { $0.name == Self.shared } ? [Self.shared] : []) }
}
