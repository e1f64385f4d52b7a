import Networks

extension KernelChoice {
  /// The kernel choices of a program, in descending order of arithmetic.
  static func choices(of program: CPUProgram) -> [KernelChoice] {
    var order: [[String]] = []
    var choices: [[String]: KernelChoice] = [:]
    for (instruction, origin) in zip(program.instructions, program.origins) {
      guard let method = instruction.method, origin < program.graph.values.count else { continue }
      let value = program.graph.values[origin]
      guard let work = program.graph.work(of: value).1 else { continue }
      let key = [work.layer, method]
      if choices[key] == nil { order.append(key) }
      var choice = choices[key] ?? KernelChoice(layer: work.layer, method: method)
      switch work.pass {
      case .forward: choice.forward += 1
      case .inputGradient: choice.inputGradient += 1
      case .weightGradient: choice.weightGradient += 1
      }
      choice.flops += program.graph.arithmetic(of: value)
      choices[key] = choice
    }
    return order.map { choices[$0]! }.sorted { $0.flops > $1.flops }
  }
}

extension CPUProgram {
  /// The methods that compute its convolutions and linear layers.
  package var kernelChoices: [KernelChoice] { KernelChoice.choices(of: self) }
}
