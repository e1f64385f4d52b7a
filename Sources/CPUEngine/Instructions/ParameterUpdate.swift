import Networks

/// Sums the gradients of parameters over the ranks, then updates the parameters. In a step without an optimizer it
/// does nothing.
struct ParameterUpdate: Instruction {
  let layer: String
  let parameters: [ParameterID]
  /// Gradient of each of the parameters.
  let gradients: [BufferID]

  var reads: [BufferID] { gradients }
  var writes: [BufferID] { [] }

  func run(_ machine: CPUMachine) {
    guard let update = machine.update else { return }
    func count(_ parameter: ParameterID) -> Int { machine.store.parameters[parameter.index].count }
    if let ranks = machine.ranks {
      for (parameter, gradient) in zip(parameters, gradients) {
        ranks.begin(UnsafeMutableBufferPointer(start: machine(gradient), count: count(parameter)))
      }
      ranks.finish()
    }
    for (parameter, gradient) in zip(parameters, gradients) {
      let place = machine.store.offset(parameter)
      update(place..<place + count(parameter), machine(gradient), update.policy(parameter.index))
    }
  }
}
