import Basics
import Protobuf

/// An ONNX file of this program, read back: nodes, names, metadata and tensors.
package struct ONNXFile {
  package let nodes: [ONNXModel.Node]
  package let inputs, outputs: [ONNXModel.Value]
  package let metadata: [String: String]
  package let operatorSet, irVersion: Int
  /// Shape and elements of the tensors of float32.
  package let tensors: [String: (shape: [Int], values: [Float])]
  package let integers: [String: [Int]]

  /// - Throws: `InputError` (checkpoint) for a file that cannot be read as a model, or whose nodes read values that are not
  ///   there.
  package init(path: String) throws {
    func problem(_ text: String) -> InputError {
      InputError(.checkpoint, path, text, remedy: "export it again")
    }
    func fields(_ bytes: ArraySlice<UInt8>) throws -> ProtobufFields {
      guard let fields = ProtobufFields(bytes) else { throw problem("is no ONNX model") }
      return fields
    }
    typealias Field = ONNXModel.Field
    let bytes = try OpenFile.contents(of: path, limit: ONNXModel.sizeLimit, kind: .checkpoint)
    let model = try fields(bytes[...])
    guard let graphBytes = model.messages(Field.graph).last else { throw problem("holds no network") }
    let graph = try fields(graphBytes)
    irVersion = model.integer(Field.modelVersion)
    operatorSet =
      try model.messages(Field.operatorSet).map { try fields($0).integer(Field.operatorSetVersion) }.max()
      ?? 0
    metadata = Dictionary(
      try model.messages(Field.metadata).map {
        let entry = try fields($0)
        return (entry.text(Field.entryKey), entry.text(Field.entryValue))
      }, uniquingKeysWith: { $1 })
    nodes = try graph.messages(Field.graphNode).map { message in
      let node = try fields(message)
      var attributes: [String: ONNXModel.Attribute] = [:]
      for message in node.messages(Field.nodeAttribute) {
        let attribute = try fields(message)
        let value: ONNXModel.Attribute? =
          switch attribute.integer(Field.attributeType) {
          case ONNXModel.Code.float: .float(attribute.float(Field.attributeFloat))
          case ONNXModel.Code.integer: .integer(attribute.integer(Field.attributeInteger))
          case ONNXModel.Code.integers: .integers(attribute.integers(Field.attributeIntegers))
          // Texts and tensors, which this program does not write.
          default: nil
          }
        if let value { attributes[attribute.text(Field.attributeName)] = value }
      }
      return ONNXModel.Node(
        node.text(Field.nodeKind), node.text(Field.nodeName), node.texts(Field.nodeInput),
        to: node.text(Field.nodeOutput),
        attributes)
    }
    func values(_ field: Int) throws -> [ONNXModel.Value] {
      try graph.messages(field).map { message in
        let value = try fields(message)
        let type = try fields(value.messages(Field.valueType).last ?? [])
        let tensor = try fields(type.messages(Field.tensorTypeOfValue).last ?? [])
        let shape = try fields(tensor.messages(Field.shape).last ?? [])
        return ONNXModel.Value(
          value.text(Field.valueName),
          try shape.messages(Field.dimension).map { message in
            let dimension = try fields(message)
            let name = dimension.text(Field.namedLength)
            return name.isEmpty ? .fixed(dimension.integer(Field.fixedLength)) : .named(name)
          })
      }
    }
    (inputs, outputs) = (try values(Field.graphInput), try values(Field.graphOutput))
    var tensors: [String: (shape: [Int], values: [Float])] = [:]
    var integers: [String: [Int]] = [:]
    for message in graph.messages(Field.graphTensor) {
      let tensor = try fields(message)
      let (name, shape) = (tensor.text(Field.tensorName), tensor.integers(Field.tensorLength))
      guard tensor.integer(Field.tensorType) == ONNXModel.Code.float32 else {
        integers[name] = tensor.integers(Field.tensorIntegers)
        continue
      }
      let data = tensor.messages(Field.tensorData).last ?? []
      guard TensorSize.bytes(shape: shape, elementBytes: 4) == data.count else {
        throw problem(
          "holds \(data.count) bytes for '\(shownName(name))' of shape \(TensorSize.shown(shape))")
      }
      let elements = data.withUnsafeBytes { bytes in
        (0..<data.count / 4).map {
          Float(bitPattern: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self))
        }
      }
      tensors[name] = (shape, elements)
    }
    (self.tensors, self.integers) = (tensors, integers)
    var known = Set(inputs.map(\.name)).union(tensors.keys).union(integers.keys)
    for node in nodes {
      if let missing = node.inputs.first(where: { !known.contains($0) }) {
        throw problem(
          "has a node '\(shownName(node.name))' that reads '\(shownName(missing))', which is not there")
      }
      guard known.insert(node.output).inserted else {
        throw problem("has two values named '\(shownName(node.output))'")
      }
    }
    if let missing = outputs.first(where: { !known.contains($0.name) }) {
      throw problem("does not compute its output '\(shownName(missing.name))'")
    }
  }
}
