import Networks

/// Sums, ReLUs, and their derivatives.
extension CUDALowering {
  mutating func lowerAdd(_ value: Graph.Value) -> Stored {
    if readers[current].count == 1, graph.values[readers[current][0]].operation == .relu {
      return .sum(value.inputs)
    }
    return .buffer(add(value.inputs, hasReLU: false, value))
  }

  mutating func lowerReLU(_ value: Graph.Value) -> Stored {
    let input = value.inputs[0]
    switch stored[input.index] {
    case .normalised(var norm) where !norm.hasReLU:
      norm.hasReLU = true
      normsOfReLUs[current] = norm
      return .normalised(norm)
    case .sum(let terms): return .buffer(add(terms, hasReLU: true, value))
    case .buffer, .normalised, .gradientSum, .behindReLU, .nothing:
      return .buffer(combine(materialised(input), nil, (1, 0), hasReLU: true, value))
    }
  }

  mutating func lowerAverage(_ value: Graph.Value, _ weights: [Float]) -> Stored {
    let total = weights.reduce(0, +)
    precondition(value.inputs.count >= 2, "\(value.name): an average needs at least two values")
    let terms = alike(value.inputs)
    var sum = combine(terms[0], terms[1], (weights[0] / total, weights[1] / total), hasReLU: false, value)
    for (term, weight) in zip(terms, weights).dropFirst(2) {
      sum = combine(sum, term, (1, weight / total), hasReLU: false, value)
    }
    return .buffer(sum)
  }

  /// Σ terms, with a ReLU where asked for. A batch norm among the terms is applied in the same pass.
  mutating func add(_ terms: [ValueID], hasReLU: Bool, _ value: Graph.Value) -> BufferID {
    precondition(terms.count == 2, "\(value.name): a sum has two terms")
    for (index, term) in terms.enumerated() {
      guard case .normalised(let norm) = stored[term.index], !norm.hasReLU else { continue }
      let other = terms[1 - index]
      // A batch norm with a ReLU of its own cannot be a term of the pass.
      if case .normalised(let second) = stored[other.index], !second.hasReLU {
        return apply(norm, plus: .normalised(second), hasReLU: hasReLU, value)
      }
      return apply(norm, plus: .buffer(materialised(other, as: type(norm.x))), hasReLU: hasReLU, value)
    }
    let plain = alike(terms)
    return combine(plain[0], plain[1], (1, 1), hasReLU: hasReLU, value)
  }

  /// The values in buffers of one type.
  private mutating func alike(_ ids: [ValueID]) -> [BufferID] {
    let plain = ids.map { materialised($0) }
    let common = plain.map { type($0) }.first { $0 != .float32 } ?? .float32
    return ids.map { materialised($0, as: common) }
  }

  /// weights.0 · a + weights.1 · b, with a ReLU where asked for, in a new buffer.
  private mutating func combine(
    _ a: BufferID, _ b: BufferID?, _ weights: (Float, Float), hasReLU: Bool, _ value: Graph.Value
  ) -> BufferID {
    let out = buffer(value.shape.count, type(a))
    call(
      "combine", type(a),
      [
        .buffer(a), b.map { .buffer($0) } ?? .absent, .buffer(out), .count(value.shape.count),
        .float(weights.0),
        .float(weights.1), .int(hasReLU ? 1 : 0),
      ], .pass(count: value.shape.count), reads: [a] + (b.map { [$0] } ?? []), writes: [out])
    return out
  }

  /// A sum whose only reader is the derivative of a ReLU is left to that: both are one pass.
  mutating func lowerGradientSum(_ value: Graph.Value) -> Stored {
    let terms = alike(value.inputs)
    // A term that occurs twice is not overwritten: the second addition still reads it.
    let over = zip(terms, value.inputs).first { term, id in
      isReusable(term, of: id) && terms.filter { $0 == term }.count == 1
    }?.0
    if readers[current].count == 1, graph.values[readers[current][0]].operation == .reluGradient {
      return .gradientSum(terms, over: over)
    }
    return .buffer(sum(terms, over: over, mask: nil, value))
  }

  /// Adds gradients where the mask is positive. The sum overwrites the buffer `over`, one of the terms; without it there is a
  /// new buffer.
  mutating func sum(
    _ terms: [BufferID], over: BufferID?, mask: BufferID?, _ value: Graph.Value
  ) -> BufferID {
    let out = over ?? disposableBuffer(value.shape.count, type(terms[0]))
    // The overwritten term comes first, so that no later term is read from a buffer already written.
    let order = terms.filter { $0 == out } + terms.filter { $0 != out }
    var total = order[0]
    let others: [BufferID?] = order.count == 1 ? [nil] : Array(order.dropFirst())
    for (index, term) in others.enumerated() {
      let mask = index == others.count - 1 ? mask : nil
      let operands = [total, term, mask]
      call(
        "add_masked", type(out),
        operands.map { $0.map { .buffer($0) } ?? .absent } + [.buffer(out), .count(value.shape.count)],
        .pass(count: value.shape.count), reads: operands.compactMap { $0 }, writes: [out])
      total = out
    }
    return out
  }

  mutating func lowerReLUGradient(_ value: Graph.Value) -> Stored {
    let (output, gradient) = (value.inputs[0], value.inputs[1])
    if let norm = normsOfReLUs[output.index], isLastReader(of: gradient), isReadByNormOnly(norm.x) {
      return .behindReLU(materialised(gradient, as: type(norm.x)))
    }
    if case .gradientSum(let terms, let over) = stored[gradient.index] {
      let mask = materialised(output, as: type(terms[0]))
      return .buffer(sum(terms, over: over, mask: mask, value))
    }
    let buffer = materialised(gradient)
    let mask = materialised(output, as: type(buffer))
    return .buffer(sum([buffer], over: isReusable(buffer, of: gradient) ? buffer : nil, mask: mask, value))
  }

  /// Whether the only reader of the current value is the derivative of the batch norm of `buffer`.
  private func isReadByNormOnly(_ buffer: BufferID) -> Bool {
    guard readers[current].count == 1 else { return false }
    let reader = graph.values[readers[current][0]]
    guard case .batchNormGradient = reader.operation else { return false }
    switch stored[reader.inputs[0].index] {
    case .buffer(let x): return x == buffer
    case .normalised(let value):
      return value.x == buffer && biasOfNorm(reader.inputs[0]) != nil
    case .sum, .gradientSum, .behindReLU, .nothing: return false
    }
  }
}
