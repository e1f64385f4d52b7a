import Basics
import Networks

/// The trained numbers of a graph and everything of the same shape: gradients and optimizer moments.
///
/// Each kind is one flat buffer in which parameter `i` begins at `offset(i)`. Weights are stored in the kernels'
/// layout, `[KH, KW, Cin, Cout]`; reading and setting them converts from and to PyTorch's layout.
package final class ParameterStore: @unchecked Sendable {
  package let parameters: [Parameter]
  package let statistics: [Statistic]
  /// Floats of one flat buffer, gaps for alignment included.
  package let count: Int

  package let values: AlignedBuffer<Float>
  /// nil until `makeGradients` is called.
  package private(set) var gradients: AlignedBuffer<Float>?
  let statisticValues: AlignedBuffer<Float>

  private let offsets: [Int]
  private let statisticOffsets: [Int]

  /// Room for the parameters of a graph, all zero. Statistics get their initial values.
  /// - Throws: `InputError` when memory is short.
  package convenience init(for graph: Graph) throws {
    try self.init(graph.parameters, graph.statistics)
  }

  /// Room for these parameters, all zero, and statistics, which get their initial values.
  /// - Throws: `InputError` when memory is short.
  package init(_ parameters: [Parameter], _ statistics: [Statistic]) throws {
    (self.parameters, self.statistics) = (parameters, statistics)
    (offsets, count) = Self.layout(parameters.map(\.count))
    let statisticCount: Int
    (statisticOffsets, statisticCount) = Self.layout(statistics.map(\.count))
    values = try AlignedBuffer(count: count)
    statisticValues = try AlignedBuffer(count: statisticCount)
    for (statistic, offset) in zip(statistics, statisticOffsets) {
      for i in 0..<statistic.count { statisticValues.pointer[offset + i] = statistic.initialValue }
    }
  }

  /// Room for a copy of another store, all zero.
  /// - Throws: `InputError` when memory is short.
  package init(like other: ParameterStore) throws {
    (parameters, statistics, count) = (other.parameters, other.statistics, other.count)
    (offsets, statisticOffsets) = (other.offsets, other.statisticOffsets)
    values = try AlignedBuffer(count: count)
    statisticValues = try AlignedBuffer(count: other.statisticValues.count)
  }

  /// Makes room for gradients, unless there is room already.
  /// - Parameter pool: pool whose threads make the pages; without it, whoever writes first makes them.
  /// - Throws: `InputError` when memory is short.
  package func makeGradients(on pool: ThreadPool? = nil) throws {
    guard gradients == nil else { return }
    let buffer = try AlignedBuffer<Float>(count: count)
    if let pool { buffer.makePages(on: pool) }
    gradients = buffer
  }

  private var hasPages = false

  /// Lets the threads of a pool make the pages of parameters that have not been written yet.
  func makePages(on pool: ThreadPool) {
    if !hasPages { values.makePages(on: pool) }
    hasPages = true
  }

  package func offset(_ id: ParameterID) -> Int { offsets[id.index] }

  func value(_ id: ParameterID) -> UnsafeMutablePointer<Float> { values.pointer + offsets[id.index] }

  func gradient(_ id: ParameterID) -> UnsafeMutablePointer<Float> {
    guard let gradients else { preconditionFailure("a training program needs a store with gradients") }
    return gradients.pointer + offsets[id.index]
  }

  func statistic(_ id: StatisticID) -> UnsafeMutablePointer<Float> {
    statisticValues.pointer + statisticOffsets[id.index]
  }

  /// Floats of one flat buffer for arrays of these sizes.
  static func count(_ counts: [Int]) -> Int { layout(counts).count }

  /// Places every array on a 64-byte boundary, so that arrays share no cache line and loads are aligned.
  private static func layout(_ counts: [Int]) -> (offsets: [Int], count: Int) {
    var offsets: [Int] = []
    var top = 0
    for count in counts {
      offsets.append(top)
      top += (count + 15) / 16 * 16
    }
    return (offsets, top)
  }
}

extension ParameterStore {
  /// The memory of all parameters and of all running statistics. The layout is the same in every process that
  /// runs the same graph.
  var memory: [UnsafeMutableRawBufferPointer] {
    [values, statisticValues].map { UnsafeMutableRawBufferPointer($0.elements) }
  }

  /// The memory of all running statistics.
  var statisticMemory: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(statisticValues.elements)
  }

  /// A checksum of all parameters and running statistics.
  package var checksum: UInt64 {
    var sum = Checksum()
    // Arrays are padded to 64 bytes, so the buffers consist of whole words.
    for bytes in memory { sum.add(words: UnsafeRawBufferPointer(bytes)) }
    return sum.value
  }
}

extension ParameterStore {
  /// A parameter in PyTorch's layout.
  package func tensor(_ index: Int) -> Tensor { makeTensor(index) { read(values, index, into: $0) } }

  /// The gradient of a parameter in PyTorch's layout, after a training step.
  package func gradientTensor(_ index: Int) -> Tensor {
    guard let gradients else { preconditionFailure("a store for inference has no gradients") }
    return makeTensor(index) { read(gradients, index, into: $0) }
  }

  /// Sets a parameter from PyTorch's layout.
  package func set(_ index: Int, _ tensor: Tensor) {
    tensor.values.withUnsafeBufferPointer { set(index, from: $0) }
  }

  /// Copies a parameter in PyTorch's layout into `out`, which has its size.
  package func copy(_ index: Int, into out: UnsafeMutableBufferPointer<Float>) {
    read(values, index, into: out)
  }

  /// Sets a parameter from elements in PyTorch's layout.
  package func set(_ index: Int, from elements: UnsafeBufferPointer<Float>) { write(values, index, elements) }

  private func makeTensor(_ index: Int, _ fill: (UnsafeMutableBufferPointer<Float>) -> Void) -> Tensor {
    var tensor = Tensor(zeros: parameters[index].shape)
    tensor.values.withUnsafeMutableBufferPointer { fill($0) }
    return tensor
  }

  /// Reads parameter `index` of a flat buffer of the store's shape, e.g. the moments of an optimizer.
  func read(_ flat: AlignedBuffer<Float>, _ index: Int, into out: UnsafeMutableBufferPointer<Float>) {
    let parameter = parameters[index]
    precondition(out.count == parameter.count, "\(parameter.name) holds \(parameter.count) values")
    let data = flat.pointer + offsets[index]
    let out = out.baseAddress!
    parameter.forEachElement { torch, inner in out[torch] = data[inner] }
  }

  func write(_ flat: AlignedBuffer<Float>, _ index: Int, _ elements: UnsafeBufferPointer<Float>) {
    let parameter = parameters[index]
    precondition(
      elements.count == parameter.count,
      "\(parameter.name) holds \(parameter.count) values, not \(elements.count)")
    let data = flat.pointer + offsets[index]
    let elements = elements.baseAddress!
    parameter.forEachElement { torch, inner in data[inner] = elements[torch] }
  }

  /// Copies the parameters and running statistics of a store of the same shape.
  func copy(_ other: ParameterStore, on pool: ThreadPool) {
    values.copy(other.values, on: pool)
    statisticValues.copy(other.statisticValues, on: pool)
  }

  /// Whether every parameter and running statistic is a finite number.
  package var isFinite: Bool {
    [values, statisticValues].allSatisfy { buffer in
      // All bits of the exponent are set in NaN and the infinities only.
      var found: UInt32 = 0
      for i in 0..<buffer.count {
        found |= (buffer.pointer[i].bitPattern & 0x7F80_0000) == 0x7F80_0000 ? 1 : 0
      }
      return found == 0
    }
  }

  /// A running statistic, `[C]`.
  package func statisticTensor(_ index: Int) -> Tensor {
    var tensor = Tensor(zeros: [statistics[index].count])
    tensor.values.withUnsafeMutableBufferPointer { copy(statistic: index, into: $0) }
    return tensor
  }

  /// Copies a running statistic into `out`, which has its size.
  func copy(statistic index: Int, into out: UnsafeMutableBufferPointer<Float>) {
    precondition(out.count == statistics[index].count, "\(statistics[index].name) has another size")
    out.baseAddress!.update(from: statisticValues.pointer + statisticOffsets[index], count: out.count)
  }

  /// Sets a running statistic, `[C]`.
  package func setStatistic(_ index: Int, _ tensor: Tensor) {
    tensor.values.withUnsafeBufferPointer { set(statistic: index, from: $0) }
  }

  /// Sets a running statistic from its elements.
  func set(statistic index: Int, from elements: UnsafeBufferPointer<Float>) {
    precondition(elements.count == statistics[index].count, "\(statistics[index].name) has another size")
    (statisticValues.pointer + statisticOffsets[index]).update(
      from: elements.baseAddress!, count: elements.count)
  }
}
