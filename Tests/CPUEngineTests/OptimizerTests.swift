import Basics
import CPUEngine
import Networks
import TestSupport
import Testing

@Suite struct OptimizerTests {
  static let cases = try! Fixtures.json("ops/ops.json").optimizers.array
  static let tensors = try! Fixtures.tensors("ops/optimizers.safetensors")

  private func optimizer(_ reference: JSON, for store: ParameterStore) throws -> Optimizer {
    try Optimizer(
      rule(reference), learningRate: Float(reference.lr.double!), store: store, pool: ThreadPool(threads: 2))
  }

  private func rule(_ reference: JSON) -> OptimizerRule {
    func number(_ key: String, _ standard: Float = 0) -> Float {
      reference[key].double.map { Float($0) } ?? standard
    }
    if reference.optimizer.string == "adam" {
      let betas = reference.betas.doubles
      return .adam(
        beta1: betas.isEmpty ? 0.9 : Float(betas[0]),
        beta2: betas.isEmpty ? 0.999 : Float(betas[1]), epsilon: number("eps", 1e-8),
        weightDecay: number("weight_decay"))
    }
    return .sgd(
      momentum: number("momentum"), dampening: number("dampening"),
      nesterov: reference.nesterov.bool ?? false, weightDecay: number("weight_decay"))
  }

  @Test(arguments: cases) func followsTheReferenceTrace(_ reference: JSON) throws {
    let key = reference.key.string!
    func tensor(_ name: String) -> ReferenceTensors.Entry { Self.tensors["\(key).\(name)"] }
    let count = tensor("p0").shape[0]
    var graph = Graph()
    _ = graph.probedInput("p", Shape(1, 1, 1, count))
    let store = try ParameterStore(for: graph)
    try store.makeGradients()
    store.set("p.probe", tensor("p0").floats)
    let optimizer = try self.optimizer(reference, for: store)

    let gradients = tensor("grads").floats
    let trace = tensor("trace").values
    let limits = reference.f32_rel
    for step in 0..<reference.steps.int! {
      for i in 0..<count { store.gradients!.pointer[i] = gradients[step * count + i] }
      optimizer.step()
      let expected = Array(trace[step * count..<(step + 1) * count])
      #expect(relativeError(store.tensor(0).values, expected) < 10 * limits.trace.double!, "step \(step)")
    }
    for (slot, name) in optimizer.rule.slotNames.enumerated() {
      var state = [Float](repeating: 0, count: count)
      state.withUnsafeMutableBufferPointer { optimizer.copy(slot: slot, parameter: 0, into: $0) }
      let expected = tensor(name).values
      #expect(relativeError(state, expected) < 10 * limits[name].double!, "\(name)")
      // Elements have sizes from tiny to huge: second moments, sums of squares, are right one by one.
      guard name == "exp_avg_sq" else { continue }
      let worst = zip(state, expected).filter { $1 > 1e-30 }.map { abs(Double($0) / $1 - 1) }.max()!
      #expect(worst < 3e-6)
    }
  }
}
