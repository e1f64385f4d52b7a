import Checkpoints
import Protobuf

/// A network in the terms of ONNX (https://onnx.ai/onnx/repo-docs/IR.html): operator set 17, IR version 8.
package struct ONNXModel {
  package enum Attribute: Equatable, Sendable {
    case float(Float)
    case integer(Int)
    case integers([Int])
  }

  /// An operation. Its name is that of its first output.
  package struct Node: Equatable, Sendable {
    package let name: String
    package let kind: String
    package let inputs: [String]
    package let output: String
    package let attributes: [String: Attribute]

    init(
      _ kind: String, _ name: String, _ inputs: [String], to output: String? = nil,
      _ attributes: [String: Attribute] = [:]
    ) {
      (self.name, self.kind, self.inputs, self.output) = (name, kind, inputs, output ?? name)
      self.attributes = attributes
    }
  }

  /// An input or output. A length is a number, or a name of a length that is known at run time only.
  package struct Value: Equatable, Sendable {
    package enum Length: Equatable, Sendable {
      case fixed(Int)
      case named(String)
    }

    package let name: String
    package let shape: [Length]

    init(_ name: String, _ shape: [Length]) { (self.name, self.shape) = (name, shape) }
  }

  package var nodes: [Node] = []
  package var inputs: [Value] = []
  package var outputs: [Value] = []
  /// Parameters, statistics and constants.
  package var tensors: [TensorSource] = []
  /// Constants of integers, by name.
  package var integers: [(name: String, values: [Int])] = []
  package var metadata: [(key: String, value: String)] = []
  package var name = ""
  package var producerVersion = ""

  package init() {}

  /// What Protocol Buffers allow for a file, bytes.
  package static let sizeLimit = 1 << 31

  static let operatorSet = 17
  static let irVersion = 8
  static let producer = "fusionctl"

  /// The numbers of fields of messages that are written and read (onnx.proto3).
  enum Field {
    static let (modelVersion, producerName, producerVersion, graph, operatorSet, metadata) = (
      1, 2, 3, 7, 8, 14
    )
    static let (operatorSetVersion, entryKey, entryValue) = (2, 1, 2)
    static let (graphNode, graphName, graphTensor, graphInput, graphOutput) = (1, 2, 5, 11, 12)
    static let (nodeInput, nodeOutput, nodeName, nodeKind, nodeAttribute) = (1, 2, 3, 4, 5)
    static let (attributeName, attributeFloat, attributeInteger, attributeIntegers, attributeType) = (
      1, 2, 3, 8, 20
    )
    static let (tensorLength, tensorType, tensorIntegers, tensorName, tensorData) = (1, 2, 7, 8, 9)
    static let (valueName, valueType, tensorTypeOfValue, elementType, shape, dimension) = (1, 2, 1, 1, 2, 1)
    static let (fixedLength, namedLength) = (1, 2)
  }

  /// `AttributeProto.AttributeType` and `TensorProto.DataType`.
  enum Code {
    static let (float, integer, integers) = (1, 2, 7)
    static let (float32, int64) = (1, 7)
  }
}

// MARK: - Bytes

/// A message of an ONNX file. The elements of tensors are asked for only when they are written, so that no second copy of a
/// network is needed.
typealias ONNXMessage = ProtobufMessage<TensorSource>

extension ONNXMessage {
  /// A field with the elements of a tensor, as little-endian float32.
  mutating func elements(_ field: Int, _ tensor: TensorSource) {
    later(field, tensor, count: 4 * tensor.count)
  }
}

extension ONNXModel {
  /// The model as a message.
  var message: ONNXMessage {
    var model = ONNXMessage()
    model.integer(Field.modelVersion, Self.irVersion)
    model.text(Field.producerName, Self.producer)
    model.text(Field.producerVersion, producerVersion)
    model.message(Field.graph, graph)
    var set = ONNXMessage()
    set.integer(Field.operatorSetVersion, Self.operatorSet)
    model.message(Field.operatorSet, set)
    for entry in metadata {
      var pair = ONNXMessage()
      pair.text(Field.entryKey, entry.key)
      pair.text(Field.entryValue, entry.value)
      model.message(Field.metadata, pair)
    }
    return model
  }

  private var graph: ONNXMessage {
    var graph = ONNXMessage()
    for node in nodes { graph.message(Field.graphNode, node.message) }
    graph.text(Field.graphName, name)
    for tensor in tensors {
      var message = ONNXMessage()
      for length in tensor.shape { message.integer(Field.tensorLength, length) }
      message.integer(Field.tensorType, Code.float32)
      message.text(Field.tensorName, tensor.name)
      message.elements(Field.tensorData, tensor)
      graph.message(Field.graphTensor, message)
    }
    for constant in integers {
      var message = ONNXMessage()
      message.integer(Field.tensorLength, constant.values.count)
      message.integer(Field.tensorType, Code.int64)
      for value in constant.values { message.integer(Field.tensorIntegers, value) }
      message.text(Field.tensorName, constant.name)
      graph.message(Field.graphTensor, message)
    }
    for value in inputs { graph.message(Field.graphInput, value.message) }
    for value in outputs { graph.message(Field.graphOutput, value.message) }
    return graph
  }
}

extension ONNXModel.Node {
  fileprivate var message: ONNXMessage {
    typealias Field = ONNXModel.Field
    var node = ONNXMessage()
    for input in inputs { node.text(Field.nodeInput, input) }
    node.text(Field.nodeOutput, output)
    node.text(Field.nodeName, name)
    node.text(Field.nodeKind, kind)
    for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
      var attribute = ONNXMessage()
      attribute.text(Field.attributeName, name)
      switch value {
      case .float(let number):
        attribute.float(Field.attributeFloat, number)
        attribute.integer(Field.attributeType, ONNXModel.Code.float)
      case .integer(let number):
        attribute.integer(Field.attributeInteger, number)
        attribute.integer(Field.attributeType, ONNXModel.Code.integer)
      case .integers(let numbers):
        for number in numbers { attribute.integer(Field.attributeIntegers, number) }
        attribute.integer(Field.attributeType, ONNXModel.Code.integers)
      }
      node.message(Field.nodeAttribute, attribute)
    }
    return node
  }
}

extension ONNXModel.Value {
  fileprivate var message: ONNXMessage {
    typealias Field = ONNXModel.Field
    var lengths = ONNXMessage()
    for length in shape {
      var dimension = ONNXMessage()
      switch length {
      case .fixed(let number): dimension.integer(Field.fixedLength, number)
      case .named(let name): dimension.text(Field.namedLength, name)
      }
      lengths.message(Field.dimension, dimension)
    }
    var tensor = ONNXMessage()
    tensor.integer(Field.elementType, ONNXModel.Code.float32)
    tensor.message(Field.shape, lengths)
    var type = ONNXMessage()
    type.message(Field.tensorTypeOfValue, tensor)
    var value = ONNXMessage()
    value.text(Field.valueName, name)
    value.message(Field.valueType, type)
    return value
  }
}
