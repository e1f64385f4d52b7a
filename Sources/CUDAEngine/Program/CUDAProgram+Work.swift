import Networks

extension CUDAProgram {
  /// The kind of work and the layer of each instruction.
  var work: [InstructionWork] {
    zip(instructions, origins).map { instruction, origin in
      let (kind, product): (InstructionWork.Kind, ProductWork?) =
        origin < graph.values.count ? graph.work(of: graph.values[origin]) : (.passes, nil)
      let (layer, kernel) =
        switch instruction {
        case .kernel(let call): (call.layer, call.kernel)
        case .convolution(let call): (call.layer, "cuDNN")
        }
      return InstructionWork(
        value: origin, layer: layer, kernel: kernel, kind: kind, convolution: product?.convolution)
    }
  }
}
