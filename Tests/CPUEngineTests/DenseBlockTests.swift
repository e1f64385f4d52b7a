import Basics
import CPUEngine
import Networks
import TestSupport
import Testing

/// Dense blocks: chains of concatenations that are computed in place, in one buffer a block.
@Suite struct DenseBlockTests {
  /// A network of two dense blocks with a transition between them, in the way of DenseNet.
  struct Network {
    var shape = Shape(3, 20, 18, 5)
    var stem = 8
    var growth = 4
    var layers = [3, 2]
    /// Whether each concatenation has all feature maps as its inputs, instead of the one before and a new one.
    var isFlat = false
    /// Whether layers begin with a batch norm and a ReLU, as those of DenseNet do.
    var isNormed = true

    func build() -> (graph: Graph, objectives: [Objective]) {
      var g = Graph()
      var x = g.convolution(
        g.input("x", shape), "conv0", channels: stem, window: Window(3, 3, stride: 2, padding: 1))
      x = g.maxPool(g.relu(g.batchNorm(x, "norm0")), Window(3, 3, stride: 2, padding: 1), "pool0")
      for (number, layers) in layers.enumerated() {
        if number > 0 {
          let y = g.relu(g.batchNorm(x, "transition\(number).norm"))
          let half = g[y].shape.channels / 2
          x = g.convolution(y, "transition\(number).conv", channels: half, window: Window(1, 1))
          x = g.averagePool(x, Window(2, 2, stride: 2), "transition\(number).pool")
        }
        x = block(&g, x, layers, "block\(number)")
      }
      let features = g.globalAveragePool(g.relu(g.batchNorm(x, "norm5")))
      let logits = g.linear(features, "classifier", outputs: 3)
      g.markOutput(logits, "logits")
      return (g, [Objective(name: "loss", logits: logits, loss: .binaryCrossEntropy)])
    }

    private func block(_ g: inout Graph, _ input: ValueID, _ layers: Int, _ name: String) -> ValueID {
      var maps = [input]
      var all = input
      for layer in 1...layers {
        let name = "\(name).layer\(layer)"
        var y = isNormed ? g.relu(g.batchNorm(all, "\(name).norm1")) : all
        y = g.convolution(y, "\(name).conv1", channels: 4 * growth, window: Window(1, 1))
        y = g.relu(g.batchNorm(y, "\(name).norm2"))
        y = g.convolution(y, "\(name).conv2", channels: growth, window: Window(3, 3, padding: 1))
        maps.append(y)
        all = g.concatenate(isFlat ? maps : [all, y], "\(name).concat")
      }
      return all
    }
  }

  static let networks = [
    Network(), Network(shape: Shape(2, 24, 20, 3), stem: 24, growth: 16, layers: [2, 3]),
    // Convolutions by Winograd's method write and read channels of a block.
    Network(shape: Shape(2, 48, 48, 3), stem: 64, growth: 64, layers: [2]),
  ]

  @Test(arguments: Arithmetic.available.filter { $0.precision == .fp32 }, networks.indices)
  func agreesWithTheInterpreter(_ arithmetic: Arithmetic, _ index: Int) throws {
    let (graph, objectives) = Self.networks[index].build()
    let errors = try stepErrors(graph, objectives, kernels: arithmetic.kernels) {
      $0.fillAwayFromKinks(graph, seed: 64)
    }
    #expect(errors.outputs < 2e-5 && errors.losses < 2e-5, "\(errors)")
    #expect(errors.statistics < 2e-5, "\(errors)")
    #expect(errors.gradients < 2e-4, "\(errors)")
  }

  /// Convolutions that read a block as it is; their gradients are added to those of the block.
  @Test(arguments: KernelPath.available) func plainBlocksAgreeWithTheInterpreter(_ kernels: KernelPath) throws
  {
    for index in Self.networks.indices {
      var network = Self.networks[index]
      network.isNormed = false
      let (graph, objectives) = network.build()
      let errors = try stepErrors(graph, objectives, kernels: kernels) {
        $0.fillAwayFromKinks(graph, seed: 72)
      }
      #expect(errors.outputs < 2e-5 && errors.losses < 2e-5, "\(errors)")
      #expect(errors.statistics < 2e-5, "\(errors)")
      #expect(errors.gradients < 2e-4, "\(errors)")
    }
  }

  @Test(arguments: Arithmetic.available, networks.indices)
  func evaluationGivesTheBitsOfCopies(_ arithmetic: Arithmetic, _ index: Int) throws {
    let results = try [false, true].map { isFlat in
      var network = Self.networks[index]
      network.isFlat = isFlat
      let bench = try Workbench(
        network.build().graph, .inference, kernels: arithmetic.kernels, precision: arithmetic.precision)
      bench.store.scramble(seed: 62)
      bench.fillInputs(seed: 62)
      bench.workspace.arena.elements.update(repeating: .nan)
      bench.run()
      return bench.output("logits").map(\.bitPattern)
    }
    #expect(results[0] == results[1])
    #expect(results[0].allSatisfy { Float(bitPattern: $0).isFinite })
  }

  /// Training steps in place, against those of a graph whose concatenations need copies.
  @Test(arguments: Arithmetic.available, networks.indices)
  func trainsAsWithCopies(_ arithmetic: Arithmetic, _ index: Int) throws {
    let benches = try [false, true].map { isFlat in
      var network = Self.networks[index]
      network.isFlat = isFlat
      let (graph, objectives) = network.build()
      let bench = try Workbench(
        graph.differentiated(objectives), kernels: arithmetic.kernels, precision: arithmetic.precision)
      bench.store.scramble(seed: 63)
      bench.fillInputs(seed: 63)
      bench.workspace.arena.elements.update(repeating: .nan)
      bench.run()
      return bench
    }
    let tolerance = arithmetic.precision == .fp32 ? 1e-4 : 0.1
    #expect(abs(benches[0].losses[0] - benches[1].losses[0]) < 0.1 * tolerance)
    let expected = benches[1].store.parameters.indices.map {
      benches[1].store.gradientTensor($0).values.map(Double.init)
    }
    // Small gradients are the rest of large ones that cancel: their errors are relative to the largest gradient.
    let floor = 0.1 * expected.map(norm).max()!
    for (index, parameter) in benches[0].store.parameters.enumerated() {
      let error = normError(
        benches[0].store.gradientTensor(index).values, expected[index], floor: floor)
      #expect(error < tolerance, "\(parameter.name): \(error)")
    }
  }

  /// A block that is computed again, whole or in part, gives the same bits.
  @Test(arguments: Arithmetic.available, networks.indices)
  func computingAgainChangesNoBit(_ arithmetic: Arithmetic, _ index: Int) throws {
    let (graph, objectives) = Self.networks[index].build()
    let steps = [nil, 0, 20, 1e9].map { level in
      graph.differentiated(
        objectives, recomputing: level.map { Recomputation(blocks: 1, operationsPerByte: $0) })
    }
    let results = try steps.map { step in
      let bench = try Workbench(step, kernels: arithmetic.kernels, precision: arithmetic.precision)
      bench.store.scramble(seed: 66)
      bench.fillInputs(seed: 66)
      bench.workspace.arena.elements.update(repeating: .nan)
      bench.run()
      return bench.results.map { $0.map(\.bitPattern) }
    }
    for result in results.dropFirst() { #expect(result == results[0]) }
  }

  @Test(arguments: KernelPath.available) func agreesWithFiniteDifferences(_ kernels: KernelPath) throws {
    let (graph, objectives) = Self.networks[0].build()
    try GradientCheckTests.check(graph, objectives, coordinates: 1, classes: 3, kernels)
  }

  /// No instruction of a step copies, slices or adds up the feature maps of a block.
  @Test(arguments: Arithmetic.available, networks.indices)
  func containsNoCopy(_ arithmetic: Arithmetic, _ index: Int) {
    let (graph, objectives) = Self.networks[index].build()
    let step = graph.trainingProgram(
      objectives, kernels: arithmetic.kernels, precision: arithmetic.precision)
    let evaluation = graph.loweredForCPU(
      .inference, kernels: arithmetic.kernels, precision: arithmetic.precision)
    for program in [step, evaluation] {
      // The last ReLU and the bias of the logits belong to no block.
      let passes = Set(["CopyChannels", "AddMasked", "Combine"])
      let left = program.work.filter {
        passes.contains($0.kernel) && !$0.layer.hasPrefix("relu") && !$0.layer.hasPrefix("classifier")
      }
      #expect(left.isEmpty, "\(left.map { "\($0.kernel) of \($0.layer)" })")
      #expect(program.copiedBytes.isEmpty)
    }
    // The moments of each feature map are merged once, for all batch norms that read it.
    let parts = Self.networks[index].layers.reduce(0) { $0 + $1 + 1 }
    #expect(step.work.count { $0.kernel == "MergeMoments" } == parts)
  }

  /// A block is kept as one buffer of all its channels.
  @Test func keepsOneBufferForEachBlock() {
    let network = Self.networks[1]
    let (graph, objectives) = network.build()
    let kept = graph.trainingProgram(objectives).keptBytes
    for (number, layers) in network.layers.enumerated() {
      let last = graph.values.last { $0.name == "block\(number).layer\(layers).concat" }!
      #expect(kept[last.name] == 4 * last.shape.count)
      let others = (1...layers).flatMap { layer in
        ["concat", "conv2"].map { "block\(number).layer\(layer).\($0)" }
      }.filter { $0 != last.name }
      #expect(others.allSatisfy { kept[$0] == nil }, "\(others.filter { kept[$0] != nil })")
    }
    #expect(kept["pool0"] == 4 * MaxPoolPlaces.count(graph))
  }

  /// Feature maps are written once more where a graph needs them elsewhere; `copiedBytes` names these layers.
  @Test func namesTheCopiesThatAreLeft() {
    var network = Self.networks[0]
    network.isFlat = true
    let (graph, _) = network.build()
    let program = graph.loweredForCPU(.inference)
    // The second concatenation of a block copies its input and the first feature map, and receives the second in place.
    let stem = graph.values.first { $0.name == "pool0" }!.shape
    #expect(
      program.copiedBytes["block0.layer2.concat"] == 4 * stem.rows * (stem.channels + network.growth))
    #expect(program.copiedBytes["block0.layer1.concat"] == nil)
  }
}

/// Places of maxima, one byte each, in floats.
private enum MaxPoolPlaces {
  static func count(_ graph: Graph) -> Int {
    (graph.values.first { $0.name == "pool0" }!.shape.count + 3) / 4
  }
}
