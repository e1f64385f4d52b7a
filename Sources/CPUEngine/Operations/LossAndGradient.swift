import Networks

/// The loss of a batch and its gradient with respect to the logits.
struct LossAndGradient: Instruction {
  let layer: String
  let loss: Loss
  let shape: Shape
  let logits: BufferID
  let targets: BufferID
  let gradient: BufferID
  /// Index of the loss in the order of the program's objectives.
  let number: Int

  var reads: [BufferID] { [logits, targets] }
  var writes: [BufferID] { [gradient] }

  /// Whether the loss of the last run and all its logits are finite numbers on every rank.
  func isFinite(_ machine: CPUMachine) -> Bool {
    let logits = UnsafeBufferPointer(start: machine(logits), count: shape.count)
    let isFinite = machine.losses[number].isFinite && logits.allSatisfy(\.isFinite)
    guard let ranks = machine.ranks else { return isFinite }
    var bad = isFinite ? 0.0 : 1
    withUnsafeMutablePointer(to: &bad) { ranks.sum(UnsafeMutableBufferPointer(start: $0, count: 1)) }
    return bad == 0
  }

  func run(_ machine: CPUMachine) {
    machine.losses[number] = loss.evaluate(
      logits: machine(logits), targets: machine(targets), samples: shape.rows, classes: shape.channels,
      of: machine.ranks?.samples, gradient: machine(gradient))
  }
}

extension CPULowering {
  mutating func lowerLoss(_ value: Graph.Value, _ loss: Loss, _ name: String) -> Stored {
    let gradient = disposableBuffer(value.shape.count, .float32)
    emit(
      LossAndGradient(
        layer: value.name, loss: loss, shape: value.shape,
        logits: materialised(value.inputs[0], as: .float32),
        targets: materialised(value.inputs[1], as: .float32), gradient: gradient, number: objectives.count))
    lossInstructions.append(instructions.count - 1)
    objectives.append(name)
    return .operand(Operand(buffer: gradient))
  }
}
