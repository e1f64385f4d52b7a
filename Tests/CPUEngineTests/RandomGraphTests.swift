import Basics
import Networks
import Testing

/// Random graphs: any operation after any other, values with any number of readers.
@Suite struct RandomGraphTests {
  @Test(arguments: 0..<60 as Range<UInt64>) func agreeWithTheInterpreter(_ seed: UInt64) throws {
    var random = RandomStream(seed: seed)
    let (graph, logits) = Self.graph(&random)
    let loss = seed % 2 == 0 ? Loss.binaryCrossEntropy : .crossEntropy
    let errors = try stepErrors(
      graph, [Objective(name: "loss", logits: logits, loss: loss)], seed: seed, classes: 3,
      threads: 1 + Int(seed % 3))
    let story = graph.values.enumerated().map { index, value in
      "\(index) = \(value.operation) of \(value.inputs.map(\.index)) \(value.shape)"
    }
    #expect(
      errors.outputs < 2e-5 && errors.losses < 2e-5 && errors.statistics < 2e-5 && errors.gradients < 1e-4,
      "\(errors)\n\(story.joined(separator: "\n"))")
  }

  static func graph(_ random: inout RandomStream) -> (Graph, ValueID) {
    var graph = Graph()
    let shape = Shape(
      2 + random.integer(below: 3), 5 + random.integer(below: 5), 5 + random.integer(below: 5),
      1 + random.integer(below: 4))
    var values = [graph.input("x", shape), graph.input("y", shape)]
    for step in 0..<14 {
      values.append(Self.step(&graph, values, "v\(step)", &random))
    }
    // Values without a reader take part in the logits, so that no value is dead.
    var read = Set<ValueID>()
    for value in graph.values { read.formUnion(value.inputs) }
    let ends = values.filter { !read.contains($0) }.map { graph.globalAveragePool($0) }
    let features = ends.count == 1 ? ends[0] : graph.concatenate(ends)
    let logits = graph.linear(features, "fc", outputs: 3)
    graph.markOutput(logits, "logits")
    return (graph, logits)
  }

  private static func step(
    _ graph: inout Graph, _ values: [ValueID], _ name: String, _ random: inout RandomStream
  ) -> ValueID {
    // Recent values are likelier, so that chains grow.
    let x = values[max(random.integer(below: values.count), random.integer(below: values.count))]
    let shape = graph[x].shape
    let like = values.filter { graph[$0].shape == shape }
    let other = like[random.integer(below: like.count)]
    switch random.integer(below: 12) {
    case 0, 1, 2:
      let size = 1 + random.integer(below: min(3, shape.height, shape.width))
      let padding = random.integer(below: (size + 1) / 2 + 1)
      // Small images keep their size: with too few values per channel a batch norm is ill-conditioned.
      let stride = shape.pixels > 16 ? 1 + random.integer(below: 2) : 1
      return graph.convolution(
        x, name, channels: 1 + random.integer(below: 5),
        window: Window(size, size, stride: stride, padding: padding), bias: random.integer(below: 3) == 0)
    case 3, 4: return graph.batchNorm(x, name)
    case 5, 6: return graph.relu(x, name)
    case 7: return graph.add(x, other, name)
    case 8: return graph.average([x, other, like[0]], weights: [1, 2, 3], name)
    case 9: return graph.concatenate([x, other], name)
    case 10:
      guard shape.pixels > 16 else { return graph.relu(x, name) }
      return graph.maxPool(x, Window(3, 2, stride: 1 + random.integer(below: 2), padding: 1), name)
    default: return graph.dropout(x, rate: 0.25, name)
    }
  }
}
