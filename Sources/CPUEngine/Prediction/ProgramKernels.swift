import Networks

extension KernelChoice {
  /// The choices of a program, those with the most arithmetic first.
  static func choices(of program: CPUProgram) -> [KernelChoice] {
    var order: [[String]] = []
    var choices: [[String]: KernelChoice] = [:]
    for (instruction, origin) in zip(program.instructions, program.origins) {
      guard let method = instruction.method, origin < program.graph.values.count,
        let work = program.graph.product(of: program.graph.values[origin])
      else { continue }
      let key = [work.layer, method]
      if choices[key] == nil { order.append(key) }
      var choice = choices[key] ?? KernelChoice(layer: work.layer, method: method)
      switch work.pass {
      case .forward: choice.forward += 1
      case .inputGradient: choice.inputGradient += 1
      case .weightGradient: choice.weightGradient += 1
      }
      choice.flops += work.flops
      choices[key] = choice
    }
    return order.map { choices[$0]! }.sorted { $0.flops > $1.flops }
  }
}

extension CPUProgram {
  /// How its convolutions and linear layers are computed.
  package var kernelChoices: [KernelChoice] { KernelChoice.choices(of: self) }
}

extension Graph {
  /// The matrix product that a value is; nil for other values.
  fileprivate func product(
    of value: Value
  ) -> (layer: String, pass: ConvolutionWork.Pass, flops: Int)? {
    let (window, weight, output, pass): (Window, ParameterID, Shape, ConvolutionWork.Pass)
    switch value.operation {
    case .convolution(let w, let id): (window, weight, output, pass) = (w, id, value.shape, .forward)
    case .convolutionInputGradient(let w, let id, _):
      (window, weight, output, pass) = (w, id, self[value.inputs[0]].shape, .inputGradient)
    case .convolutionWeightGradient(let w, let id):
      (window, weight, output, pass) = (w, id, self[value.inputs[1]].shape, .weightGradient)
    default: return nil
    }
    let flops = 2 * output.rows * self[weight].count
    if case .linearWeight = self[weight].kind { return ("linear", pass, flops) }
    return (window.description, pass, flops)
  }
}
