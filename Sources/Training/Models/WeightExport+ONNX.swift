import Architectures
import Basics
import Checkpoints
import Experiments
import Foundation
import Imagery
import Metrics
import ONNXFiles
import Presentation

extension WeightExport {
  /// Writes the network as an ONNX file. The same checkpoint gives the same bytes.
  ///
  /// Inputs are named as the sensors, `[N, bands, H, W]`; outputs are `logits` and `probabilities`, `[N, classes]`.
  /// - Parameters:
  ///   - normalises: whether the file takes samples as they are, and normalises them itself.
  ///   - isChecked: whether to read the file back and compare it.
  /// - Returns: what was written, for the user.
  /// - Throws: `InputError`: environment when it cannot be written; checkpoint for a file that is not read back as it
  ///   was written.
  package func writeONNX(normalises: Bool, isChecked: Bool, to output: OutputFile) throws -> String {
    let experiment = model.experiment
    let preparations = normalises ? experiment.inputs.map { ($0.name, preparation($0)) } : []
    let emitter = ONNXEmitter(
      experiment.graph(of: model.imageSize), logits: FusionNetwork.logits,
      probabilities: experiment.labels.type == .multi ? "Sigmoid" : "Softmax", tensors: tensorSources,
      preparations: Dictionary(uniqueKeysWithValues: preparations))
    var onnx = emitter.model
    onnx.name = experiment.model.architecture.rawValue
    onnx.producerVersion = ProgramVersion.current
    onnx.metadata = try metadata(normalises)
    try onnx.write(to: output.target)
    let checked = isChecked ? try check(onnx, output) : ""
    return "\(output.path): \(counted(onnx.nodes.count, "node")), \(counted(onnx.tensors.count, "tensor")), "
      + "\(try size(of: output))\(checked)"
  }

  private func preparation(_ input: Channels) -> ONNXEmitter.Preparation {
    let figures = model.normalisation[input]
    let clip: ClosedRange<Float>? =
      switch input.sensor.cleaning {
      case .none: nil
      case .clip(let range): range
      }
    return .init(clip: clip, mean: figures.mean, std: figures.std, ranges: figures.clip)
  }

  /// What a program needs to know of the network; lists are JSON.
  private func metadata(_ normalises: Bool) throws -> [(key: String, value: String)] {
    let experiment = model.experiment
    func json(_ value: some Encodable) throws -> String {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
    func bySensor<T: Encodable>(_ value: (Channels) -> T?) throws -> String {
      let pairs = experiment.inputs.compactMap { input in value(input).map { (input.name, $0) } }
      return try json(Dictionary(uniqueKeysWithValues: pairs))
    }
    let own = ModelMetadata.description(experiment)
    return [
      ("bands", try bySensor { $0.bandNames }),
      ("mean", try bySensor { model.normalisation[$0].mean }),
      ("std", try bySensor { model.normalisation[$0].std }),
      (
        "clip",
        try bySensor { input -> [Float]? in
          guard case .clip(let range) = input.sensor.cleaning else { return nil }
          return [range.lowerBound, range.upperBound]
        }
      ),
      ("range", try bySensor { model.normalisation[$0].clip }),
      ("normalised_inside", normalises ? "true" : "false"),
      ("classes", try json(experiment.classScheme.classNames)), ("scheme", "\(experiment.labels.scheme)"),
      ("task", experiment.labels.type.rawValue),
      ("threshold", "\(ClassificationTask.decisionThreshold)"),
      ("architecture", own[ModelMetadata.architecture]!), ("fusion", own[ModelMetadata.fusion]!),
      ("version", ProgramVersion.current),
    ]
  }

  /// Reads the file back, and compares nodes, inputs and all tensors.
  private func check(_ onnx: ONNXModel, _ output: OutputFile) throws -> String {
    let file = try ONNXFile(path: output.target)
    func problem(_ what: String) -> InputError {
      InputError(
        .checkpoint, output.path, "is not read back as it was written: \(what)", remedy: "export it again")
    }
    guard file.nodes == onnx.nodes, file.inputs == onnx.inputs, file.outputs == onnx.outputs else {
      throw problem("nodes, inputs or outputs differ")
    }
    guard file.tensors.count == onnx.tensors.count else {
      throw problem("it has \(file.tensors.count) tensors")
    }
    for tensor in onnx.tensors {
      let values = try AlignedBuffer<Float>(count: tensor.count)
      try tensor.fill(values.elements)
      guard let found = file.tensors[tensor.name], found.shape == tensor.shape,
        found.values.elementsEqual(values.elements, by: { $0.bitPattern == $1.bitPattern })
      else { throw problem("tensor \(shownName(tensor.name)) differs") }
    }
    return "; read back and compared"
  }
}
