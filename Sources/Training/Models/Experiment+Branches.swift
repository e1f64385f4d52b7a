import Architectures
import Basics
import Checkpoints
import Experiments
import ForeignWeights
import Imagery
import Networks

extension Experiment {
  /// The tensors of the network by its branches, as weights of other networks are mapped to them.
  /// - Parameter size: height and width of the images, which the shapes of some networks depend on; nil for those that are
  ///   planned for.
  func networkTensors(of size: PatchSize? = nil) -> NetworkTensors {
    let graph = size.map { self.graph(of: $0) } ?? self.graph
    let tensors =
      graph.parameters.map { TensorInfo(name: $0.name, shape: $0.shape) }
      + graph.statistics.map { TensorInfo(name: $0.name, shape: [$0.count]) }
    let channels = inputs.map { input in
      input.bandNames.map { NetworkTensors.Channel(sensor: input.name, band: BandName.plain($0)) }
    }
    let firsts = graph.firstConvolutions
    let prefixes = inputs.map { $0.name + "." }
    let hasOwnBranches = model.fusion == .middle || model.fusion == .late
    let network = network
    func prefix(_ name: String) -> String? {
      hasOwnBranches && !network.isOfJoin(name) ? prefixes.first { name.hasPrefix($0) } : nil
    }
    let own = zip(inputs, channels).compactMap { input, channels -> NetworkTensors.Branch? in
      let tensors = tensors.filter { prefix($0.name) == input.name + "." }
      guard !tensors.isEmpty else { return nil }
      return NetworkTensors.Branch(
        name: input.name, prefix: input.name + ".", tensors: tensors,
        firstConvolution: firsts.first { prefix($0) == input.name + "." }, channels: channels)
    }
    let rest = tensors.filter { prefix($0.name) == nil }
    let joins = rest.filter { network.isOfJoin($0.name) }
    let shared = rest.filter { !network.isOfJoin($0.name) }
    let sharedBranch = NetworkTensors.Branch(
      name: NetworkTensors.shared, prefix: "", tensors: shared,
      firstConvolution: firsts.first { prefix($0) == nil },
      channels: own.isEmpty ? channels.flatMap { $0 } : [])
    return NetworkTensors(
      branches: own + (shared.isEmpty ? [] : [sharedBranch]), joins: joins, heads: graph.heads(network))
  }
}

extension Graph {
  /// Names of the weights of convolutions that see images.
  fileprivate var firstConvolutions: [String] {
    values.compactMap { value in
      guard case .convolution(let convolution) = value.operation else { return nil }
      return isImage(value.inputs[0]) ? self[convolution.weight].name : nil
    }
  }

  /// Whether a value is an input, or inputs stacked.
  private func isImage(_ id: ValueID) -> Bool {
    if case .input = self[id].operation { return true }
    guard case .concatenate = self[id].operation else { return false }
    return self[id].inputs.allSatisfy(isImage)
  }

  /// Names of the parameters of the last layer before the logits of the network, and of each sensor's own network.
  fileprivate func heads(_ network: FusionNetwork) -> Set<String> {
    var names: Set<String> = []
    // Joins have outputs too, which tell what they take of each sensor.
    let logits = outputs.filter { name, _ in
      name == FusionNetwork.logits || name.hasPrefix(FusionNetwork.logits + ".")
    }
    var open = Array(logits.values)
    while let id = open.popLast() {
      let parameters = self[id].operation.parametersRead.map { self[$0] }
      names.formUnion(parameters.map(\.name))
      let isLast = parameters.contains { $0.isWeight && !network.isOfJoin($0.name) }
      if !isLast { open += self[id].inputs }
    }
    return names
  }
}

extension Parameter {
  /// Whether it is the weight of a convolution or of a linear layer.
  fileprivate var isWeight: Bool { shape.count > 1 }
}
