import Checkpoints
import Foundation
import TestSupport
import Testing

@testable import Architectures
@testable import Networks
@testable import ONNXFiles

/// Networks as ONNX files, read back by a reader of our own.
struct ONNXEmitterTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private static let sensors = [
    FusionNetwork.Sensor(name: "s2", bands: 10), FusionNetwork.Sensor(name: "s1", bands: 2),
  ]

  private func network(_ fusion: Fusion, _ sensors: [FusionNetwork.Sensor] = sensors) -> Graph {
    FusionNetwork(
      backbone: ResNet(.resnet18, width: 4), fusion: fusion, sensors: sensors,
      head: Head(classes: 3, dropout: 0.5)
    ).graph(batch: 1, height: 64, width: 64)
  }

  private func tensors(_ graph: Graph) -> [TensorSource] {
    let shapes = graph.parameters.map { ($0.name, $0.shape) } + graph.statistics.map { ($0.name, [$0.count]) }
    return shapes.map { name, shape in
      TensorSource(name: name, shape: shape) { buffer in
        for (index, value) in DeterministicFill(name).values(buffer.count, .centred(width: 1)).enumerated() {
          buffer[index] = value
        }
      }
    }
  }

  private func written(
    _ graph: Graph, probabilities: String = "Sigmoid", _ preparations: [String: ONNXEmitter.Preparation] = [:]
  ) throws -> (model: ONNXModel, file: ONNXFile) {
    var model = ONNXEmitter(
      graph, logits: "logits", probabilities: probabilities, tensors: tensors(graph),
      preparations: preparations
    ).model
    model.metadata = [("bands", "{\"s1\":[\"VV\"]}"), ("empty", "")]
    let path = folder.file("n.onnx").path
    try model.write(to: path)
    return (model, try ONNXFile(path: path))
  }

  @Test func middleFusionIsReadBack() throws {
    let graph = network(.middle(stage: 2, weights: [1, 1]))
    let (model, file) = try written(graph)
    #expect(file.operatorSet == 17 && file.irVersion == 8)
    #expect(file.nodes == model.nodes && file.inputs == model.inputs && file.outputs == model.outputs)
    #expect(file.metadata == ["bands": "{\"s1\":[\"VV\"]}", "empty": ""])
    #expect(file.inputs.map(\.name) == ["s2", "s1"])
    #expect(file.inputs[0].shape == [.named("N"), .fixed(10), .named("H"), .named("W")])
    #expect(file.outputs.map(\.name) == ["logits", "probabilities"])
    #expect(file.outputs[0].shape == [.named("N"), .fixed(3)])
    // Every parameter and statistic, under its own name, and nothing else.
    let sources = tensors(graph)
    #expect(Set(file.tensors.keys) == Set(sources.map(\.name)))
    for source in sources {
      var values = [Float](repeating: 0, count: source.count)
      try values.withUnsafeMutableBufferPointer { try source.fill($0) }
      #expect(file.tensors[source.name]?.values == values && file.tensors[source.name]?.shape == source.shape)
    }
    let kinds = Dictionary(grouping: file.nodes, by: \.kind).mapValues(\.count)
    #expect(
      kinds["Conv"] == 30 && kinds["BatchNormalization"] == 30 && kinds["Mean"] == 1 && kinds["Gemm"] == 1)
    #expect(
      kinds["MaxPool"] == 2 && kinds["GlobalAveragePool"] == 1 && kinds["Flatten"] == 1
        && kinds["Sigmoid"] == 1)
    let first = try #require(file.nodes.first { $0.kind == "Conv" })
    #expect(
      first.name == "s2.conv1" && first.inputs == ["s2", "s2.conv1.weight"] && first.output == "s2.conv1")
    #expect(
      first.attributes["pads"] == .integers([3, 3, 3, 3]) && first.attributes["strides"] == .integers([2, 2]))
    let gemm = try #require(file.nodes.first { $0.kind == "Gemm" })
    #expect(
      gemm.name == "fc" && gemm.output == "logits"
        && Array(gemm.inputs.dropFirst()) == ["fc.weight", "fc.bias"])
    #expect(gemm.attributes == ["transB": .integer(1)])
    let norm = try #require(file.nodes.first { $0.kind == "BatchNormalization" })
    #expect(norm.attributes["epsilon"] == .float(1e-5))
  }

  @Test func otherFusions() throws {
    let early = try written(network(.early), probabilities: "Softmax").file
    #expect(early.nodes[0].kind == "Concat" && early.nodes[0].inputs == ["s2", "s1"])
    #expect(early.nodes.last?.kind == "Softmax" && early.nodes.last?.attributes == ["axis": .integer(1)])
    let late = try written(network(.late(isJoint: false))).file
    #expect(late.nodes.count { $0.kind == "Gemm" } == 2)
    let mean = try #require(late.nodes.first { $0.kind == "Mean" })
    #expect(mean.output == "logits" && mean.inputs == ["s2.fc", "s1.fc"])
    let weighted = try written(network(.middle(stage: 1, weights: [1, 3]))).file
    let factors = weighted.nodes.filter { $0.kind == "Mul" }.map { weighted.tensors[$0.inputs[1]]?.values }
    #expect(factors == [[0.25], [0.75]] && weighted.nodes.contains { $0.kind == "Sum" })
  }

  private static let fusions: [Fusion] = [
    .stages([2], ProjectedChannels()), .stages([0, 2, 4], Gate()), .stages([2], Excitation()),
    .stages([3], CrossAttention(sensors: ["s2", "s1"])), .stages([1, 2, 3, 4], WeightedMean()),
    .logits(ClassWeighting(), isJoint: true),
  ]

  /// Joins bring nodes of their own. Every tensor of the network is in the file, and every node finds its inputs.
  @Test(arguments: fusions.indices) func joins(_ number: Int) throws {
    let graph = network(Self.fusions[number])
    let (model, file) = try written(graph)
    #expect(file.nodes == model.nodes && file.outputs.map(\.name) == ["logits", "probabilities"])
    #expect(Set(tensors(graph).map(\.name)).isSubset(of: file.tensors.keys))
    let kinds = Set(file.nodes.map(\.kind))
    let expected = [
      ["Concat"], ["Sigmoid", "Sub", "Mul"], ["Unsqueeze", "Slice", "Sum"],
      ["LayerNormalization", "MatMul", "Softmax", "Shape"], ["Mean"], ["Softmax", "ReduceSum"],
    ]
    #expect(kinds.isSuperset(of: expected[number]), "\(kinds)")
  }

  /// Networks whose linear layers see pixels, or whose pool depends on the size, are of one size.
  @Test func sizesOfOtherFamilies() throws {
    let networks: [(backbone: any Backbone, kind: HeadKind, isFixed: Bool)] = [
      (VGG(.vgg16, width: 4, hidden: 8), .flatten, true), (VGG(.vgg16, width: 4, hidden: 8), .pooled, true),
      (DenseNet(.densenet121, growth: 4), .flatten, true),
      (DenseNet(.densenet121, growth: 4), .pooled, false),
      (DFN(width: 4, hidden: 8), .flatten, true),
      (DFNN2(ResNet(.resnet18, width: 4), hidden: [8, 8, 8]), .mlp, false),
    ]
    for (backbone, kind, isFixed) in networks {
      let graph = FusionNetwork(
        backbone: backbone, fusion: .none, sensors: [.init(name: "s1", bands: 2)],
        head: Head(classes: 3, kind: kind)
      ).graph(batch: 1, height: 64, width: 64)
      let file = try written(graph).file
      #expect(file.inputs[0].shape[2] == (isFixed ? .fixed(64) : .named("H")), "\(backbone.name) \(kind)")
      #expect(Set(tensors(graph).map(\.name)).isSubset(of: file.tensors.keys))
    }
  }

  @Test func normalisationInTheFile() throws {
    let graph = network(.none, [.init(name: "s1", bands: 2)])
    let file = try written(
      graph, ["s1": .init(clip: -25...0, mean: [-11, -18], std: [4, 5])]
    ).file
    #expect(file.nodes.prefix(3).map(\.kind) == ["Clip", "Sub", "Div"])
    #expect(file.nodes[0].inputs == ["s1", "s1.low", "s1.high"] && file.tensors["s1.low"]?.values == [-25])
    #expect(file.tensors["s1.mean"]?.shape == [1, 2, 1, 1] && file.tensors["s1.std"]?.values == [4, 5])
    #expect(file.nodes[3].inputs[0] == file.nodes[2].output)
    // A band that is not clipped has the largest numbers as bounds.
    let ranged = try written(
      graph, ["s1": .init(clip: nil, mean: [-11, -18], std: [4, 5], ranges: [0...1, nil])]
    ).file
    #expect(ranged.nodes.prefix(4).map(\.kind) == ["Sub", "Div", "Max", "Min"])
    let most = Float.greatestFiniteMagnitude
    #expect(
      ranged.tensors["s1.least"]?.values == [0, -most] && ranged.tensors["s1.most"]?.values == [1, most])
    #expect(ranged.nodes[4].inputs[0] == ranged.nodes[3].output)
  }

  /// A bias joins the layer before it, else it is added. Dropout is left out.
  @Test func biasesAndPools() throws {
    var graph = Graph()
    let x = graph.input("s1", Shape(1, 8, 6, 2))
    var y = graph.convolution(x, "a", channels: 3, window: Window(3, 3, padding: 1))
    y = graph.relu(graph.bias(y, "a", fanIn: 18), "r")
    y = graph.averagePool(y, Window(2, 2, stride: 2), "p")
    y = graph.bias(y, "b", fanIn: 3)
    y = graph.linear(graph.globalAveragePool(y, "g"), "fc", outputs: 4)
    graph.markOutput(graph.dropout(y, rate: 0.5, "d"), "logits")
    let file = try written(graph).file
    #expect(
      file.nodes.map(\.kind) == [
        "Conv", "Relu", "AveragePool", "Reshape", "Add", "GlobalAveragePool", "Flatten", "Gemm", "Identity",
        "Sigmoid",
      ])
    #expect(
      file.nodes[0].inputs == ["s1", "a.weight", "a.bias"] && file.integers.values.first == [1, -1, 1, 1])
    #expect(file.nodes[2].attributes["count_include_pad"] == .integer(1) && file.nodes[8].output == "logits")
  }

  @Test func damagedFilesAreRefused() throws {
    _ = try written(network(.none, [.init(name: "s1", bands: 2)]))
    let url = folder.file("n.onnx")
    let bytes = try Data(contentsOf: url)
    for end in [0, 1, 40, bytes.count / 2, bytes.count - 1] {
      try bytes.prefix(end).write(to: url)
      #expect(throws: (any Error).self) { try ONNXFile(path: url.path) }
    }
  }
}
