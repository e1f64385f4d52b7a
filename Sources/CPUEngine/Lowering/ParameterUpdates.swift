import Networks

extension CPULowering {
  /// Gives every parameter that is not frozen a gradient in the arena. The update of a parameter comes right behind the last
  /// instruction that reads the parameter or sets its gradient.
  mutating func insertUpdates() {
    var gradients = [BufferID?](repeating: nil, count: graph.parameters.count)
    var lastUse: [ParameterID: Int] = [:]
    for (index, origin) in origins.enumerated() where origin < graph.values.count {
      let value = graph.values[origin]
      let (read, learnt) = (
        value.operation.parametersRead.filter { !graph.frozen.contains($0) }, value.operation.parametersLearnt
      )
      for parameter in read + learnt { lastUse[parameter] = index }
      for parameter in learnt where gradients[parameter.index] == nil {
        buffers.append(
          .init(count: graph[parameter].count, type: .float32, layer: value.name, input: nil))
        gradients[parameter.index] = BufferID(index: buffers.count - 1)
      }
    }
    for (index, buffer) in gradients.enumerated() {
      precondition(
        buffer != nil || graph.frozen.contains(ParameterID(index: index)),
        "\(graph.parameters[index].name) has no gradient to follow")
    }
    self.gradients = gradients

    let due = Dictionary(grouping: lastUse.keys.sorted { $0.index < $1.index }) { lastUse[$0]! }
    let old = (instructions, origins, Set(lossInstructions))
    (instructions, origins, lossInstructions) = ([], [], [])
    for (index, instruction) in old.0.enumerated() {
      if old.2.contains(index) { lossInstructions.append(instructions.count) }
      instructions.append(instruction)
      origins.append(old.1[index])
      guard let parameters = due[index] else { continue }
      emit(
        ParameterUpdate(
          layer: instruction.layer, parameters: parameters,
          gradients: parameters.map { self.gradients[$0.index]! }))
    }
  }

  /// Buffers that an instruction uses: its reads and writes, and the parameter gradients that it sets.
  func buffers(usedBy index: Int) -> [BufferID] {
    let instruction = instructions[index]
    let used = instruction.reads + instruction.writes
    guard !gradients.isEmpty, origins[index] < graph.values.count else { return used }
    return used + graph.values[origins[index]].operation.parametersLearnt.map { gradients[$0.index]! }
  }
}
