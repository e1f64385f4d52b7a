import CKernels
import Networks

/// What an inference convolution does to its output while the output is in the cache: the batch norm behind it, the
/// sum with a shortcut if there is one, and a ReLU.
struct ConvolutionEpilogue: Sendable {
  /// The convolution's output, mapped by the batch norm.
  let normalised: Operand
  let shortcut: Operand?
  let relu: Bool

  var reads: [BufferID] { [normalised.norm!] + (shortcut?.reads ?? []) }

  /// Works in place on `columns` of `rows` of the output, `[rows, channels]`.
  func apply(_ machine: CPUMachine, rows: Range<Int>, columns: Range<Int>, channels: Int) {
    let (row, column) = (rows.lowerBound, columns.lowerBound)
    let out = machine.rows(normalised.buffer, channels: channels)
    fk_combine(
      machine.term(normalised, channels: channels, row: row, column: column),
      machine.term(shortcut, channels: channels, row: row, column: column), Int64(rows.count),
      Int32(columns.count), relu ? 1 : 0, out.at(row, column), out.type, Int64(out.pitch))
  }
}

extension CPULowering {
  /// The epilogue of the current convolution, if the values that follow it in inference allow one. The values that
  /// the epilogue computes are added to `covered`.
  mutating func epilogue(over y: BufferID) -> ConvolutionEpilogue? {
    guard mode == .inference, let normed = onlyReader(of: current),
      case .batchNorm(let norm) = graph.values[normed].operation, let next = onlyReader(of: normed)
    else { return nil }
    var shortcut: ValueID?
    var last = next
    if graph.values[next].operation == .add {
      let others = graph.values[next].inputs.filter { $0.index != normed }
      // The shortcut must be computed before this convolution. Where it comes later, its own convolution adds them.
      guard others.count == 1, others[0].index < current, let relu = onlyReader(of: next) else { return nil }
      shortcut = others[0]
      last = relu
    }
    guard graph.values[last].operation == .relu else { return nil }
    let added = shortcut.map { operand($0) }
    if let added, type(added.buffer) != type(y) { return nil }

    let channels = graph.values[normed].shape.channels
    let vectors = buffer(NormVectors.count(channels: channels))
    emit(NormFrozen(layer: graph.values[normed].name, norm: norm, channels: channels, vectors: vectors))
    for value in [normed, next, last] { covered[value] = .operand(Operand(buffer: y)) }
    return ConvolutionEpilogue(
      normalised: Operand(buffer: y, norm: vectors), shortcut: added, relu: true)
  }

  /// Index of the only reader of a value; nil if there are several, or if the value is an output of the graph.
  private func onlyReader(of value: Int) -> Int? {
    readers[value].count == 1 && !graph.outputs.values.contains { $0.index == value }
      ? readers[value][0] : nil
  }
}
