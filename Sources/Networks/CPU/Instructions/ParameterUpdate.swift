/// Lets the optimizer of the step, if there is one, update parameters whose gradients are ready.
struct ParameterUpdate: Instruction {
  let layer: String
  let parameters: [ParameterID]
  /// Of each of the parameters.
  let gradients: [BufferID]

  var reads: [BufferID] { gradients }
  var writes: [BufferID] { [] }

  func run(_ machine: CPUMachine) {
    guard let update = machine.update else { return }
    for (parameter, gradient) in zip(parameters, gradients) {
      let place = machine.store.offset(parameter)
      update(place..<place + machine.store.parameters[parameter.index].count, machine(gradient))
    }
  }
}
