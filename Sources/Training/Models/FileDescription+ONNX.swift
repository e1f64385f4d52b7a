import Basics
import ONNXFiles

extension FileDescription {
  /// What an ONNX file holds: operators, nodes, tensors, inputs and outputs; nil for a file that is none.
  static func onnx(_ path: String) -> (kind: String, facts: [String])? {
    guard let file = try? ONNXFile(path: path) else { return nil }
    func shown(_ value: ONNXModel.Value) -> String {
      let lengths = value.shape.map { length in
        switch length {
        case .fixed(let number): "\(number)"
        case .named(let name): name
        }
      }
      return "\(shownName(value.name)) [\(lengths.map { shownName($0) }.joined(separator: ", "))]"
    }
    let network = ["architecture", "fusion"].compactMap { key in
      file.metadata[key].map { "\(key) \(shownName($0.cut(to: 200)))" }
    }
    return (
      "an ONNX file, operator set \(file.operatorSet)",
      [
        "\(counted(file.nodes.count, "node")), \(counted(file.tensors.count, "tensor"))",
        "inputs: \(file.inputs.map(shown).joined(separator: ", "))",
        "outputs: \(file.outputs.map(shown).joined(separator: ", "))",
      ] + (network.isEmpty ? [] : [network.joined(separator: "; ")])
    )
  }
}
