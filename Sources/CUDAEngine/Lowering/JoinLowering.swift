import Networks

/// Gated sums, sums of scaled channels, and sigmoids.
extension CUDALowering {
  mutating func lowerGatedSum(_ value: Graph.Value) -> Stored {
    let operands = value.inputs.map { materialised($0, as: type) }
    let out = buffer(value.shape.count, type)
    let count = value.shape.count
    call(
      "gated_sum", type, operands.map { .buffer($0) } + [.buffer(out), .count(count)], .pass(count: count),
      reads: operands, writes: [out])
    return .buffer(out)
  }

  /// One pass computes the gradients of all three inputs that are wanted.
  mutating func lowerGatedSumGradient(_ value: Graph.Value, _ forward: ValueID) -> Stored {
    let operands = value.inputs.map { materialised($0, as: type) }
    let results = jointResults(value) { operation in
      if case .gatedSumGradient(let part) = operation, part.forward == forward { part.input } else { nil }
    }
    let count = value.shape.count
    call(
      "gated_sum_backward", type,
      [.buffer(operands[3])] + operands.dropLast().map { .buffer($0) } + results.map(argument)
        + [.count(count)],
      .pass(count: count), reads: operands, writes: results.compactMap { $0 })
    return covered[current]!
  }

  /// New buffers for all gradients that are computed together with the current one, by the number of their input. The last
  /// input of each is the same gradient.
  /// - Parameter number: the number of the input, for an operation that belongs to them.
  mutating func jointResults(_ value: Graph.Value, _ number: (Operation) -> Int?) -> [BufferID?] {
    var results = [BufferID?](repeating: nil, count: value.inputs.count - 1)
    for index in readers[value.inputs.last!.index] {
      guard let input = number(graph.values[index].operation) else { continue }
      let out = disposableBuffer(value.shape.count, type)
      (results[input], covered[index]) = (out, .buffer(out))
    }
    return results
  }

  /// A buffer, or the null address without one.
  func argument(_ buffer: BufferID?) -> KernelCall.Argument { buffer.map { .buffer($0) } ?? .absent }

  /// Two terms in a pass; further ones are added to the sum.
  mutating func lowerScaledSum(_ value: Graph.Value, _ begin: Int) -> Stored {
    let weights = materialised(value.inputs[0], as: .float32)
    let terms = value.inputs.dropFirst().map { materialised($0, as: type) }
    let out = disposableBuffer(value.shape.count, type)
    let (rows, channels) = (value.shape.rows, value.shape.channels)
    for first in stride(from: 0, to: terms.count, by: 2) {
      let second = first + 1 < terms.count ? terms[first + 1] : nil
      call(
        "scaled_sum", type,
        [
          .buffer(terms[first]), argument(second), .buffer(weights), .buffer(out), .int(rows),
          .int(value.shape.pixels), .int(channels), .int(graph[value.inputs[0]].shape.channels),
          .int(begin + first * channels), .int(first == 0 ? 0 : 1),
        ], .bundles(rows: rows, channels: channels),
        reads: [terms[first], second, weights, first == 0 ? nil : out].compactMap { $0 }, writes: [out])
    }
    return .buffer(out)
  }

  mutating func lowerProductSum(_ value: Graph.Value) -> Stored {
    let (a, b) = (materialised(value.inputs[0], as: type), materialised(value.inputs[1], as: type))
    let out = disposableBuffer(value.shape.count, .float32)
    let input = graph[value.inputs[0]].shape
    call(
      "product_sums", type,
      [.buffer(a), .buffer(b), .buffer(out), .int(input.batch), .int(input.pixels), .int(input.channels)],
      .images(input.batch, channels: input.channels), reads: [a, b], writes: [out])
    return .buffer(out)
  }

  mutating func lowerSigmoid(_ value: Graph.Value, _ factor: Float) -> Stored {
    let x = materialised(value.inputs[0], as: .float32)
    let out = buffer(value.shape.count)
    let count = value.shape.count
    call(
      "sigmoid", nil, [.buffer(x), .buffer(out), .count(count), .float(factor)], .elements(count), reads: [x],
      writes: [out])
    return .buffer(out)
  }

  mutating func lowerSigmoidGradient(_ value: Graph.Value, _ factor: Float) -> Stored {
    let x = materialised(value.inputs[0], as: .float32)
    let gradient = materialised(value.inputs[1], as: .float32)
    let out = disposableBuffer(value.shape.count, .float32)
    let count = value.shape.count
    call(
      "sigmoid_backward", nil, [.buffer(x), .buffer(gradient), .buffer(out), .count(count), .float(factor)],
      .elements(count), reads: [x, gradient], writes: [out])
    return .buffer(out)
  }
}
