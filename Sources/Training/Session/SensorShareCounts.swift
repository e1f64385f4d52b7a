import Architectures
import Networks

/// Adds up over patches what a network takes of each sensor, all patches together and by class.
struct SensorShareCounts {
  private let network: FusionNetwork
  private let classes: [String]
  /// Sums `[layers, sensors]`, for all patches and for each class, with the number of patches.
  private var all: (sums: [Double], patches: Int)
  private var byClass: [(sums: [Double], patches: Int)]

  init(_ network: FusionNetwork, classes: [String]) {
    (self.network, self.classes) = (network, classes)
    let zeros = [Double](repeating: 0, count: network.decidingLayers.count * network.sensors.count)
    all = (zeros, 0)
    byClass = classes.map { _ in (zeros, 0) }
  }

  /// Adds the patches of a batch.
  /// - Parameters:
  ///   - shares: `[N, layers, sensors]`; empty for a network that does not decide.
  ///   - truth: `[N, K]`; a patch belongs to every class of at least 0.5.
  mutating func add(_ shares: [Float], truth: [Float]) {
    let width = all.sums.count
    guard width > 0 else { return }
    for patch in 0..<shares.count / width {
      func add(to total: inout (sums: [Double], patches: Int)) {
        for index in 0..<width { total.sums[index] += Double(shares[patch * width + index]) }
        total.patches += 1
      }
      add(to: &all)
      for k in classes.indices where truth[patch * classes.count + k] >= 0.5 { add(to: &byClass[k]) }
    }
  }

  /// The means, one record for each layer that decides.
  var shares: [SensorShare] {
    let sensors = network.sensors.map(\.name)
    return network.decidingLayers.enumerated().map { index, layer in
      func means(_ total: (sums: [Double], patches: Int)) -> [String: Double] {
        Dictionary(
          uniqueKeysWithValues: sensors.enumerated().map { place, name in
            (name, total.sums[index * sensors.count + place] / Double(total.patches))
          })
      }
      let known = zip(classes, byClass).filter { $0.1.patches > 0 }.map { ($0, means($1)) }
      return SensorShare(
        layer: layer, join: network.joinTitle, sensors: means(all),
        classes: Dictionary(uniqueKeysWithValues: known), order: sensors)
    }
  }
}

extension FusionNetwork {
  /// The join by the name that `model.join` has for it.
  fileprivate var joinTitle: String {
    switch fusion {
    case .stages(_, let join) where join is Gate: "gated"
    case .stages: "se"
    case .none, .inputs, .logits: "class_weights"
    }
  }
}

extension NetworkRunner {
  /// The weights of the classes of a late fusion that learns them: softmax over the sensors. Empty for other networks.
  /// - Parameter classes: names of the classes.
  func classShares(_ classes: [String]) throws -> [SensorShare] {
    guard case .logits(let join, _) = network.fusion, join is ClassWeighting,
      let index = state.parameters.firstIndex(where: { $0.name == "fusion.weight" })
    else { return [] }
    let names = network.sensors.map(\.name)
    let weights = try state.tensor(.parameter(index)).values
    let shares = weights.withUnsafeBufferPointer { weights in
      let shares = ClassShares(weights.baseAddress!, networks: names.count, classes: classes.count)
      return classes.indices.map { k in names.indices.map { shares[$0, k] } }
    }
    func byName(_ values: [Double]) -> [String: Double] {
      Dictionary(uniqueKeysWithValues: zip(names, values))
    }
    let means = names.indices.map { sensor in
      shares.reduce(0) { $0 + $1[sensor] } / Double(classes.count)
    }
    return [
      SensorShare(
        layer: "fusion", join: network.joinTitle, sensors: byName(means),
        classes: Dictionary(uniqueKeysWithValues: zip(classes, shares.map(byName))), order: names)
    ]
  }
}
