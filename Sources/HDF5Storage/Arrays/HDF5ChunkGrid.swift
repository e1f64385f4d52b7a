import Basics

/// The shape of a data set's chunks.
struct HDF5ChunkGrid {
  /// The largest chunk that is read, bytes: a reader holds decoded chunks in memory.
  static let chunkLimit = 256 << 20

  /// Lengths of the data set.
  let shape: [Int]
  /// Lengths of a chunk; those at the end of a dimension reach beyond the data set.
  let chunk: [Int]
  /// Number of chunks in each dimension.
  let counts: [Int]
  /// Bytes of a chunk's elements.
  let chunkBytes: Int
  /// Bytes from an element to the next in each dimension: in the data set, and in a chunk.
  private let strides, chunkStrides: [Int]
  /// From here on, elements of a chunk have the same order in the data set, without gaps.
  private let runDimension: Int

  /// - Parameter shape: a shape whose elements have fewer than 2⁶³ bytes, without a zero.
  init(shape: [Int], chunk: [Int], elementBytes: Int, of name: String) throws {
    guard !shape.isEmpty, chunk.count == shape.count, chunk.allSatisfy({ $0 > 0 }),
      let bytes = TensorSize.bytes(shape: chunk, elementBytes: elementBytes)
    else { throw HDF5Damage("'\(name)' has chunks of the shape \(TensorSize.shown(chunk))") }
    guard bytes <= Self.chunkLimit else {
      throw HDF5Refusal(
        "data set '\(name)' has chunks of \(bytes >> 20) MiB, and up to \(Self.chunkLimit >> 20) MiB are read",
        remedy: "store it in smaller chunks, such as one row each")
    }
    (self.shape, self.chunk, chunkBytes) = (shape, chunk, bytes)
    counts = zip(shape, chunk).map { ($0 - 1) / $1 + 1 }
    strides = Self.strides(shape, elementBytes)
    chunkStrides = Self.strides(chunk, elementBytes)
    var run = shape.count - 1
    while run > 0, chunk[run] == shape[run] { run -= 1 }
    runDimension = run
  }

  private static func strides(_ lengths: [Int], _ elementBytes: Int) -> [Int] {
    var strides = [Int](repeating: elementBytes, count: lengths.count)
    for dimension in lengths.indices.dropLast().reversed() {
      strides[dimension] = strides[dimension + 1] * lengths[dimension + 1]
    }
    return strides
  }

  /// Number of chunks. It is at most the number of elements.
  var count: Int { counts.reduce(1, *) }

  /// Number of chunks that hold parts of the same rows (first dimension).
  var countAcross: Int { counts.dropFirst().reduce(1, *) }

  /// Bytes that a chunk has of each row.
  var chunkRowBytes: Int { chunkStrides[0] }

  /// Whether a chunk holds complete rows, and nothing else.
  var holdsWholeRows: Bool { runDimension == 0 }

  /// The number of the chunk that begins at an element, row-major; nil where no chunk begins.
  func number(ofStart start: [Int]) -> Int? {
    var number = 0
    for (dimension, place) in start.enumerated() {
      guard place % chunk[dimension] == 0, case let index = place / chunk[dimension],
        index < counts[dimension]
      else { return nil }
      number = number * counts[dimension] + index
    }
    return number
  }

  /// Copies rows of a chunk to their places among complete rows.
  /// - Parameters:
  ///   - across: the number of the chunk among those with the same rows.
  ///   - source: `rows` rows of the chunk.
  ///   - target: the same rows of the data set.
  func copy(across: Int, rows: Int, from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer) {
    var (place, rest) = (0, across)
    for dimension in shape.indices.dropFirst().reversed() {
      place += rest % counts[dimension] * chunk[dimension] * strides[dimension]
      rest /= counts[dimension]
    }
    copy(0, count: rows, place: place, from: source, to: target + place)
  }

  /// - Parameters:
  ///   - dimension: the dimension along which `count` parts are copied.
  ///   - place: offset of the target in its row, bytes.
  private func copy(
    _ dimension: Int, count: Int, place: Int, from source: UnsafeRawPointer,
    to target: UnsafeMutableRawPointer
  ) {
    if dimension == runDimension {
      target.copyMemory(from: source, byteCount: count * chunkStrides[dimension])
      return
    }
    let next = dimension + 1
    let start = place % strides[dimension] / strides[next]
    let inside = min(chunk[next], shape[next] - start)
    for index in 0..<count {
      copy(
        next, count: inside, place: place, from: source + index * chunkStrides[dimension],
        to: target + index * strides[dimension])
    }
  }
}
