import Checkpoints
import Tensors

/// The weights of a checkpoint as a safetensors file: torchvision's names and layouts, running statistics and
/// their counters, and in the metadata what the network expects and gives.
public struct WeightExport {
  private let model: TrainedModel

  /// - Throws: `InputError` (checkpoint) for a file that is damaged or does not hold the network it names.
  public init(checkpoint path: String) throws {
    model = try TrainedModel(path: path)
    let contents = model.file.contents
    try TensorComparison(
      expected: model.experiment.tensorShapes,
      found: (contents.parameters + contents.buffers).map { ($0.name, $0.shape) }
    ).requireNone(file: path)
  }

  /// Writes the file. The same checkpoint gives the same bytes.
  /// - Returns: what was written, for the user.
  /// - Throws: `InputError` (environment) when it cannot be written.
  public func write(to output: OutputFile) throws -> String {
    let file = model.file
    func sources(_ tensors: [TensorInfo], _ section: CheckpointSection) -> [TensorSource] {
      tensors.map { tensor in
        TensorSource(name: tensor.name, shape: tensor.shape) {
          try file.read(tensor.name, from: section, into: $0)
        }
      }
    }
    var metadata = try ModelMetadata.entries(model.experiment, model.normalisation)
    metadata[ModelMetadata.experiment] = model.experiment.yaml
    // What PyTorch's loaders look for.
    metadata["format"] = "pt"
    try SafetensorsFile.write(
      sources(file.contents.parameters, .parameters) + sources(file.contents.buffers, .buffers),
      counters: file.contents.counters, metadata: metadata, to: output.target)
    return
      "\(output.path): \(counted(file.contents.parameters.count + file.contents.buffers.count, "tensor"))"
  }
}

extension Experiment {
  /// Names and PyTorch shapes of the network's parameters and running statistics. They do not depend on the
  /// size of the images.
  var tensorShapes: [(name: String, shape: [Int])] {
    let graph = network.graph(batch: 1, height: 32, width: 32)
    return graph.parameters.map { ($0.name, $0.shape) } + graph.statistics.map { ($0.name, [$0.count]) }
  }
}
