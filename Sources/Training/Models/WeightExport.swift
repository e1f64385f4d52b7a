import Basics
import Checkpoints
import Experiments
import ForeignWeights
import Foundation
import Networks
import Presentation

/// The weights of a checkpoint as a safetensors file: torchvision's names and layouts, running statistics and
/// their counters, and in the metadata what the network expects and gives.
package struct WeightExport {
  let model: TrainedModel

  /// - Throws: `InputError` (checkpoint) for a file that is damaged or does not hold the network it names.
  package init(checkpoint path: String) throws {
    model = try TrainedModel(path: path)
    let contents = model.file.contents
    try TensorComparison(
      expected: model.tensorShapes,
      found: (contents.parameters + contents.buffers).map { ($0.name, $0.shape) }
    ).requireNone(file: path)
  }

  /// Writes the file. The same checkpoint gives the same bytes.
  /// - Returns: what was written, for the user.
  /// - Throws: `InputError` (environment) when it cannot be written.
  package func write(to output: OutputFile) throws -> String {
    let file = model.file
    var metadata = try ModelMetadata.entries(model.experiment, model.normalisation)
    metadata[ModelMetadata.experiment] = model.experiment.yaml
    // The weights fit images of this size alone.
    if model.experiment.model.hasFixedSize { metadata[ModelMetadata.patchSize] = "\(model.imageSize) pixels" }
    // PyTorch's loaders look for this entry.
    metadata["format"] = "pt"
    try SafetensorsFile.write(
      tensorSources, counters: file.contents.counters, metadata: metadata, to: output.target)
    let count = file.contents.parameters.count + file.contents.buffers.count + file.contents.counters.count
    return "\(output.path): \(counted(count, "tensor")), \(try size(of: output)), "
      + "\(model.experiment.torchvisionText); examples: docs/python.md"
  }
}

extension WeightExport {
  /// Parameters and statistics, read when they are written.
  var tensorSources: [TensorSource] {
    let file = model.file
    func sources(_ tensors: [TensorInfo], _ section: CheckpointSection) -> [TensorSource] {
      tensors.map { tensor in
        TensorSource(name: tensor.name, shape: tensor.shape) {
          try file.read(tensor.name, from: section, into: $0)
        }
      }
    }
    return sources(file.contents.parameters, .parameters) + sources(file.contents.buffers, .buffers)
  }

  /// - Throws: `InputError` (environment) when the file that was written cannot be found.
  func size(of output: OutputFile) throws -> String {
    var facts = stat()
    guard stat(output.target, &facts) == 0 else {
      throw InputError(.environment, output.path, "cannot be read (\(SystemFault.reason(errno)))")
    }
    return "\(NumberText.fixed(Double(facts.st_size) / 1e6, 1)) MB"
  }
}

extension Experiment {
  /// Which networks of torchvision or the paper's code take the weights, and how these networks are joined.
  var torchvisionText: String {
    let owner = model.architecture.rawValue.hasPrefix("dfn") ? "the paper's" : "torchvision's"
    let head = model.chosenHead == model.backbone.heads[0] ? "" : " (head \(model.chosenHead.rawValue))"
    let name = "\(owner) \(model.architecture.rawValue)\(head)"
    let stem = model.stem == .sevenBySeven ? "" : ", 3×3 pixels at stride 1 and padding 1, no maxpool"
    let bands = inputs.reduce(0) { $0 + $1.bandCount }
    let branches = inputs.enumerated().map { position, input in
      "\(input.name). (\(firstLayer) of \(input.bandCount)\(position == 0 ? " bands\(stem)" : ""))"
    }.joined(separator: " and ")
    let all = inputs.count == 2 ? "both" : "all"
    return switch model.fusion {
    case .noFusion: "\(name) with \(firstLayer) of \(bands) bands\(stem)"
    case .early:
      "\(name) with \(firstLayer) of \(bands) bands (\(inputs.map(\.name).joined(separator: ", then ")))\(stem)"
    case .middle:
      "\(name) to \(encoderEnd) for each of \(branches), then one for \(all)\(joinText)"
    case .late: "\(name) for each of \(branches)\(joinText)"
    }
  }

  /// The last stage of the sensors' encoders.
  private var encoderEnd: String {
    let last = model.backbone.stages[model.fusionStages.last!]
    return last == "stem" ? "its stem" : last
  }

  /// Where the weights of the join are: ", joined by fusion2. (gated)"; nothing for a mean behind one stage.
  private var joinText: String {
    if model.join == .mean, model.fusion == .late || model.fusionStages.count == 1 { return "" }
    let layers = model.fusion == .late ? ["fusion"] : model.fusionStages.map { "fusion\($0)" }
    let names =
      model.join == .mean
      ? "the means behind \(model.stageText)" : layers.map { $0 + "." }.joined(separator: ", ")
    return ", joined by \(names)" + (model.join == .mean ? "" : " (\(model.join.rawValue))")
  }

  /// Names and PyTorch shapes of the network's parameters and running statistics.
  var tensorShapes: [(name: String, shape: [Int])] { graph.tensorShapes }

  /// The name of the network's first convolution, without that of its branch: "conv1", "features.0".
  private var firstLayer: String {
    let graph = graph
    let first = graph.values.first { if case .convolution = $0.operation { true } else { false } }
    guard let name = first?.name else { preconditionFailure("every network begins with a convolution") }
    let branch = inputs.map { $0.name + "." }.first { name.hasPrefix($0) } ?? ""
    return String(name.dropFirst(branch.count))
  }
}
