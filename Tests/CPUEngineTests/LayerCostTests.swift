import Testing

@testable import Networks

@Suite struct LayerCostTests {
  /// Two stacked inputs, two convolutions with a batch norm, pooling and a classifier; costs are counted by hand.
  @Test func smallNetwork() throws {
    var graph = Graph()
    let inputs = ["a", "b"].map { graph.input($0, Shape(2, 8, 8, 3)) }
    var x = graph.concatenate(inputs, "stack")
    x = graph.convolution(x, "conv1", channels: 4, window: Window(3, 3, stride: 2, padding: 1), bias: true)
    x = graph.relu(graph.batchNorm(x, "bn1"), "relu")
    x = graph.convolution(x, "conv2", channels: 5, window: Window(1, 1))
    x = graph.linear(graph.globalAveragePool(x), "fc", outputs: 3)
    let program = graph.differentiated([Objective(name: "loss", logits: x, loss: .crossEntropy)])
      .loweredForCPU(.training)
    let layers = LayerCost.layers(of: graph, training: program.graph, kept: program.keptBytes)

    #expect(layers.map(\.name) == ["stack", "conv1", "bn1", "conv2", "avgpool", "fc"])
    #expect(
      layers.map(\.kind) == [
        "channels stacked", "convolution 3×3/2", "batch norm", "convolution 1×1", "mean of pixels",
        "linear",
      ])
    #expect(layers.map(\.parameters) == [0, 6 * 9 * 4 + 4, 8, 4 * 5, 0, 5 * 3 + 3])
    let (conv1, conv2, fc) = (2 * 2 * 4 * 4 * 6 * 9 * 4, 2 * 2 * 4 * 4 * 4 * 5, 2 * 2 * 5 * 3)
    #expect(layers.map(\.forwardFLOPs) == [0, conv1, 0, conv2, 0, fc])
    // No parameter is before the first convolution, so it needs no gradient of its input.
    #expect(layers.map(\.trainingFLOPs) == [0, 2 * conv1, 0, 3 * conv2, 0, 3 * fc])
    #expect(layers[1].output == Shape(2, 4, 4, 4))
    // The weight gradients need the stacked input and the convolution's output.
    #expect(layers[0].keptBytes == 4 * 2 * 8 * 8 * 6)
    #expect(layers[1].keptBytes >= 4 * 2 * 4 * 4 * 4)
  }
}
