import CUDAEngine
import Networks
import Testing

/// Losses and their gradients against the CPU's.
@Suite struct LossKernelTests {
  private struct Result {
    var loss: Double
    var gradient: [Float]
    var flag: UInt32
  }

  private func run(
    _ loss: Loss, _ logits: [Float], _ targets: [Float], classes: Int, of all: Int, scale: Float = 1
  ) -> Result {
    let name = loss == .binaryCrossEntropy ? "loss_bce" : "loss_ce"
    var step = StepTable()
    (step.share, step.scale) = (1 / Double(all), scale)
    let results = inEveryOrder { order in
      let gradient = DeviceArray(.f32, count: logits.count)
      let (value, flags) = (DeviceArray([Double.nan]), DeviceArray([UInt32(0)]))
      let arguments = { (gradient: DeviceArray?, value: DeviceArray) -> [Argument] in
        [
          .array(DeviceArray(.f32, logits)), .array(DeviceArray(.f32, targets)), .array(gradient),
          .array(value), .array(flags), .int(logits.count / classes), .int(classes),
          .array(DeviceArray([step])),
        ]
      }
      launch(name, .one, order, arguments(gradient, value))
      let alone = DeviceArray([Double.nan])
      launch(name, .one, order, arguments(nil, alone))
      #expect(alone.bytes == value.bytes)
      return [value, gradient, flags]
    }
    return Result(
      loss: results[0].values(as: Double.self)[0], gradient: results[1].floats(.f32),
      flag: results[2].values(as: UInt32.self)[0])
  }

  private func reference(
    _ loss: Loss, _ logits: [Float], _ targets: [Float], classes: Int, of all: Int
  ) -> Result {
    var gradient = [Float](repeating: .nan, count: logits.count)
    let value = gradient.withUnsafeMutableBufferPointer {
      loss.evaluate(
        logits: logits, targets: targets, samples: logits.count / classes, classes: classes, of: all,
        gradient: $0.baseAddress!)
    }
    return Result(loss: value, gradient: gradient, flag: 0)
  }

  /// Logits of all sizes; targets are shares of classes.
  private func batch(_ samples: Int, _ classes: Int) -> (logits: [Float], targets: [Float]) {
    var logits = normal(samples * classes, seed: 1).map { $0 * 8 }
    (logits[0], logits[1], logits[2]) = (200, -300, 0)
    let targets = normal(samples * classes, seed: 2).map { min(1, max(0, $0)) }
    return (logits, targets)
  }

  @Test(arguments: [Loss.binaryCrossEntropy, .crossEntropy], [(3, 3), (25, 10), (300, 17)])
  func lossAndGradientAreTheCPUs(_ loss: Loss, _ size: (samples: Int, classes: Int)) {
    let (logits, targets) = batch(size.samples, size.classes)
    for all in [size.samples, 4 * size.samples] {
      let got = run(loss, logits, targets, classes: size.classes, of: all)
      let expected = reference(loss, logits, targets, classes: size.classes, of: all)
      expectClose([got.loss], [expected.loss], 1e-13, "loss")
      // The same doubles but for their last bits, so the same floats or neighbours.
      for (a, b) in zip(got.gradient, expected.gradient) { #expect(abs(a - b) <= b.ulp) }
      #expect(got.flag == 0)
      let scaled = run(loss, logits, targets, classes: size.classes, of: all, scale: 1024)
      #expect(zip(scaled.gradient, got.gradient).allSatisfy { $0 == 1024 * $1 })
      #expect(scaled.loss == got.loss)
    }
  }

  @Test(arguments: [Loss.binaryCrossEntropy, .crossEntropy], [Float.nan, .infinity, -.infinity])
  func aBadLogitSetsTheFlag(_ loss: Loss, _ bad: Float) {
    for place in [0, 123, 249] {
      var (logits, targets) = batch(25, 10)
      logits[place] = bad
      // A target of 0 hides the logit from the sum of a cross-entropy.
      targets[place] = 0
      let got = run(loss, logits, targets, classes: 10, of: 25)
      let expected = reference(loss, logits, targets, classes: 10, of: 25)
      #expect(got.flag == 1)
      #expect(got.loss.isNaN == expected.loss.isNaN && got.loss.isInfinite == expected.loss.isInfinite)
    }
  }
}
