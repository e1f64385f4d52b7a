import CKernels
import Networks

/// out = relu?(weightA · map(a) + weightB · map(b)), where map is the map of the operand, which is applied here.
struct Combine: Instruction {
  let layer: String
  let shape: Shape
  let a: Operand
  let b: Operand?
  var weightA: Float = 1
  var weightB: Float = 1
  let relu: Bool
  let out: BufferID

  var reads: [BufferID] { a.reads + (b?.reads ?? []) }
  var writes: [BufferID] { [out] }

  func run(_ machine: CPUMachine) {
    let channels = shape.channels
    let out = machine.rows(out, channels: channels)
    let blocks = Blocks.pass(rows: shape.rows, channels: channels)
    machine.pool.run(blocks.number) { block, _ in
      let rows = blocks.range(block)
      fk_combine(
        machine.term(a, channels: channels, row: rows.lowerBound, weight: weightA),
        machine.term(b, channels: channels, row: rows.lowerBound, weight: weightB), Int64(rows.count),
        Int32(channels), relu ? 1 : 0, out.at(rows.lowerBound), out.type, Int64(out.pitch))
    }
  }
}

/// out = a + b where the mask is positive, 0 elsewhere: a sum of gradients through a ReLU.
struct AddMasked: Instruction {
  let layer: String
  let count: Int
  let a: BufferID
  let b: BufferID?
  let mask: BufferID?
  let out: BufferID

  var reads: [BufferID] { [a] + [b, mask].compactMap { $0 } }
  var writes: [BufferID] { [out] }

  func run(_ machine: CPUMachine) {
    let a = machine.elements(a)
    let b = b.map(machine.elements)
    let mask = mask.map(machine.elements)
    let out = machine.elements(out)
    precondition(
      [b, mask, out].allSatisfy { $0 == nil || $0!.elementType == a.elementType },
      "gradients are added in one type")
    let blocks = Blocks(count: count, size: 1 << 16)
    machine.pool.run(blocks.number) { block, _ in
      let range = blocks.range(block)
      let at = range.lowerBound
      fk_add_masked(a + at, b.map { $0 + at }, mask.map { $0 + at }, a.type, Int64(range.count), out + at)
    }
  }
}

extension CPULowering {
  mutating func lowerAdd(_ value: Graph.Value) -> Stored {
    let terms = value.inputs.map { operand($0) }
    if readers[current].count == 1, graph.values[readers[current][0]].operation == .relu {
      return .sum(terms)
    }
    return .operand(Operand(buffer: add(terms, relu: false, ValueID(index: current))))
  }

  mutating func lowerAverage(_ value: Graph.Value, _ weights: [Float]) -> Stored {
    let total = weights.reduce(0, +)
    precondition(value.inputs.count >= 2, "\(value.name): an average needs at least two values")
    let terms = alike(value.inputs.map { operand($0) }, value)
    let out = output(ValueID(index: current), type(terms))
    emit(
      Combine(
        layer: value.name, shape: value.shape, a: terms[0], b: terms[1], weightA: weights[0] / total,
        weightB: weights[1] / total, relu: false, out: out))
    for (term, weight) in zip(terms, weights).dropFirst(2) {
      emit(
        Combine(
          layer: value.name, shape: value.shape, a: Operand(buffer: out), b: term,
          weightB: weight / total, relu: false, out: out))
    }
    return .operand(Operand(buffer: out))
  }

  mutating func lowerRelu(_ value: Graph.Value) -> Stored {
    let input = value.inputs[0]
    switch stored[input.index] {
    case .operand(var operand) where operand.norm != nil:
      operand.relu = true
      return .operand(operand)
    case .sum(let terms): return .operand(Operand(buffer: add(terms, relu: true, ValueID(index: current))))
    case .operand, .gradientSum, .behindRelu, .added, .nothing:
      return .operand(Operand(buffer: add([operand(input)], relu: true, ValueID(index: current))))
    }
  }

  /// If a ReLU's derivative is the only reader of the sum, it computes the sum too: both are one pass.
  mutating func lowerGradientSum(_ value: Graph.Value) -> Stored {
    let inputs = value.inputs.filter { if case .added = stored[$0.index] { false } else { true } }
    if inputs.count == 1 { return stored[inputs[0].index] }
    let plain = inputs.map { Operand(buffer: self.plain($0)) }
    let common = type(plain)
    let terms = inputs.map { materialised($0, as: common) }
    // A term that occurs twice is not overwritten: it is still needed after the first addition.
    let over = zip(terms, inputs).first { term, id in
      disposable.contains(term) && isLastReader(of: id) && terms.filter { $0 == term }.count == 1
    }?.0
    if readers[current].count == 1, graph.values[readers[current][0]].operation == .reluGradient {
      return .gradientSum(terms, over: over)
    }
    return .operand(Operand(buffer: sum(terms, over: over, mask: nil, value)))
  }

  /// Adds the terms where the mask is positive. The sum overwrites the buffer `over`, one of the terms; without it
  /// there is a new buffer.
  mutating func sum(
    _ terms: [BufferID], over: BufferID?, mask: BufferID?, _ value: Graph.Value
  ) -> BufferID {
    let out = over ?? disposableBuffer(value.shape.count, type(terms[0]))
    // The reused term comes first, so that no later term is read from a buffer already written.
    let order = terms.filter { $0 == out } + terms.filter { $0 != out }
    var total = order[0]
    if order.count == 1 {
      emit(AddMasked(layer: value.name, count: value.shape.count, a: total, b: nil, mask: mask, out: out))
    }
    for (index, term) in order.enumerated().dropFirst() {
      emit(
        AddMasked(
          layer: value.name, count: value.shape.count, a: total, b: term,
          mask: index == order.count - 1 ? mask : nil, out: out))
      total = out
    }
    return out
  }

  mutating func lowerReluGradient(_ value: Graph.Value) -> Stored {
    let (output, gradient) = (value.inputs[0], value.inputs[1])
    if case .operand(let operand) = stored[output.index], operand.norm != nil, isLastReader(of: gradient),
      isReadByNormOnly(operand.buffer) || isReadByBiasFirst(operand)
    {
      let type = type(operand.buffer)
      // The derivative of a batch norm reads rows with a pitch. The derivative of a bias does not, so it gets a copy.
      let buffer =
        isReadByNormOnly(operand.buffer) ? plain(gradient, as: type) : materialised(gradient, as: type)
      return .behindRelu(buffer, output: operand)
    }
    if case .gradientSum(let terms, let over) = stored[gradient.index] {
      let mask = materialised(output, as: type(terms[0]))
      return .operand(Operand(buffer: sum(terms, over: over, mask: mask, value)))
    }
    let buffer = materialised(gradient)
    let mask = materialised(output, as: type(buffer))
    let over = disposable.contains(buffer) && isLastReader(of: gradient) ? buffer : nil
    return .operand(Operand(buffer: sum([buffer], over: over, mask: mask, value)))
  }
}
