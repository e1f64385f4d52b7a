import Networks
import TestSupport
import Testing

@Suite struct LossTests {
  static let cases = try! Fixtures.json("ops/ops.json").losses.array
  static let tensors = try! Fixtures.tensors("ops/losses.safetensors")

  /// The loss and its gradient with respect to logits `[N, K]`, as a program computes them.
  private func evaluate(
    _ loss: Loss, _ logits: [Float], _ targets: [Float], samples: Int
  ) throws -> (loss: Double, gradient: [Float]) {
    var graph = Graph()
    let shape = Shape(samples, 1, 1, logits.count / samples)
    let objective = Objective(name: "loss", logits: graph.probedInput("x", shape), loss: loss)
    var training = graph.differentiated([objective])
    let seed = training.values.last!
    training.markOutput(seed.inputs[0], "gradient")
    let bench = try Workbench(training)
    bench[input: "x"] = logits
    bench[input: Graph.targets] = targets
    bench.run()
    return (bench.losses[0], bench.output("gradient"))
  }

  @Test(arguments: cases) func agreesWithTheReference(_ reference: JSON) throws {
    let key = reference.key.string!
    let logits = Self.tensors["\(key).logits"].floats
    let samples = reference.N.int!
    let classes = reference.C.int!
    var oneHot = [Float](repeating: 0, count: samples * classes)
    for (sample, label) in Self.tensors["\(key).class"].values.enumerated() {
      oneHot[sample * classes + Int(label)] = 1
    }
    let kinds: [(String, Loss, [Float])] = [
      ("bce", .binaryCrossEntropy, Self.tensors["\(key).multi"].floats),
      ("bce_soft", .binaryCrossEntropy, Self.tensors["\(key).soft"].floats),
      ("ce", .crossEntropy, oneHot),
    ]
    for (kind, loss, targets) in kinds {
      let (value, gradient) = try evaluate(loss, logits, targets, samples: samples)
      let limits = reference["\(kind)_f32_rel"]
      // Losses are computed in double, so they are much closer than float32 results.
      let expected = reference[kind].double!
      #expect(abs(value - expected) <= 1e-9 * abs(expected), "\(kind)")
      #expect(
        relativeError(gradient, Self.tensors["\(key).\(kind).grad"].values) < tolerance(limits.grad),
        "\(kind)")
    }
  }

  /// The gradients are sigmoid(x) - t and softmax(x) - t, so they show the activations.
  @Test func gradientsContainSigmoidAndSoftmax() throws {
    let tensors = try Fixtures.tensors("ops/pointwise_pool_linear.safetensors")
    let logits = tensors["activation.logits"]
    let (samples, classes) = (logits.shape[0], logits.shape[1])
    let zeros = [Float](repeating: 0, count: samples * classes)
    let (_, sigmoid) = try evaluate(.binaryCrossEntropy, logits.floats, zeros, samples: samples)
    let scaled = sigmoid.map { $0 * Float(samples * classes) }
    #expect(relativeError(scaled, tensors["activation.sigmoid"].values) < 1e-6)

    let first = zeros.indices.map { Float($0 % classes == 0 ? 1 : 0) }
    let (_, gradient) = try evaluate(.crossEntropy, logits.floats, first, samples: samples)
    let softmax = zip(gradient, first).map { $0 * Float(samples) + $1 }
    #expect(relativeError(softmax, tensors["activation.softmax"].values) < 1e-6)
  }

  @Test(arguments: [Loss.binaryCrossEntropy, .crossEntropy])
  func nonFiniteLogitsShowInTheLoss(_ loss: Loss) throws {
    for position in 0..<3 {
      var logits: [Float] = [1, 2, 3]
      logits[position] = .nan
      #expect(try !evaluate(loss, logits, [1, 0, 0], samples: 1).loss.isFinite)
    }
  }
}
