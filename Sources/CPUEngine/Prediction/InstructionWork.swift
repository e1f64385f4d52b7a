import Networks

extension CPUProgram {
  /// The kind of work and the layer of each instruction.
  package var work: [InstructionWork] {
    zip(instructions, origins).map { instruction, origin in
      let (kind, product): (InstructionWork.Kind, ProductWork?) =
        instruction is ParameterUpdate
        ? (.update, nil)
        : origin < graph.values.count ? graph.work(of: graph.values[origin]) : (.passes, nil)
      return InstructionWork(
        value: origin, layer: instruction.layer, kernel: "\(type(of: instruction))", kind: kind,
        convolution: product?.convolution)
    }
  }
}
