import CKernels
import CPUEngine
import Testing

/// Packed operands of products have the right values in the right places, and zeros elsewhere.
@Suite struct PackingKernelTests {
  struct Rows: Sendable {
    var channels: Int
    var range: Range<Int>?
    var size = 1
    var stride = 1
    var isMapped = false
  }

  static let rows = [
    Rows(channels: 12, size: 7, stride: 2), Rows(channels: 12, size: 3, isMapped: true), Rows(channels: 64),
    Rows(channels: 64, size: 3, stride: 2, isMapped: true), Rows(channels: 80, isMapped: true),
    Rows(channels: 48, size: 3), Rows(channels: 96, range: 32..<80, isMapped: true), Rows(channels: 5),
    Rows(channels: 128, range: 64..<128, size: 3),
  ]

  @Test(arguments: rows, ElementType.allCases) func rowsArePacked(_ rows: Rows, _ type: ElementType) {
    let source = WindowedSource(
      type, channels: rows.channels, range: rows.range, size: rows.size, stride: rows.stride,
      isMapped: rows.isMapped)
    let (count, depth) = (source.positions, source.depth)
    let gathered = source.gathered()
    expectNear(gathered, source.exact, .float32, operations: 2, "gather")

    for height in [5, 14, count] {
      let lined = Int(fk_lined(Int64(depth)))
      let floats = KernelTensor(count: count * lined, .float32)
      let row = KernelTensor(count: lined + 32, .float32)
      source.with { fk_pack_rows($0, $1, 0, Int64(count), Int64(height), row.floats, floats.floats) }
      let panels = Packed.panels(floats.values, rows: count, depth: depth, height: height, line: 16)
      #expect(panels == padded(gathered, count, depth, lined))

      let linedPairs = Int(fk_lined_bf16(Int64(depth)))
      let halves = KernelTensor(count: count * linedPairs, .bfloat16)
      source.with { fk_pack_rows_bf16($0, $1, 0, Int64(count), Int64(height), row.halves, halves.halves) }
      let rounded = gathered.map(ElementType.bfloat16.stored)
      #expect(
        Packed.panels(halves.values, rows: count, depth: depth, height: height, line: 32)
          == padded(rounded, count, depth, linedPairs))
    }
  }

  private func padded(_ values: [Float], _ rows: Int, _ depth: Int, _ lined: Int) -> [[Float]] {
    (0..<rows).map { r in
      Array(values[r * depth..<(r + 1) * depth]) + [Float](repeating: 0, count: lined - depth)
    }
  }

  /// Packs a block of positions from the middle, with an odd and an even number of positions.
  @Test(arguments: rows, ElementType.allCases) func linesArePacked(_ rows: Rows, _ type: ElementType) {
    let source = WindowedSource(
      type, channels: rows.channels, range: rows.range, size: rows.size, stride: rows.stride,
      isMapped: rows.isMapped)
    let (first, width) = (3, source.depth)
    let gathered = source.gathered().map(ElementType.bfloat16.stored)
    for count in [1, 2, 17, source.positions - first - 1] where count <= source.positions - first {
      let lines = KernelTensor(count: Int(fk_lines_count_bf16(Int64(width), Int64(count))), .bfloat16)
      let room = KernelTensor(count: 2 * Int(fk_lined_bf16(Int64(width))), .bfloat16)
      source.with { fk_pack_lines_bf16($0, $1, Int64(first), Int64(count), room.halves, lines.halves) }
      let (values, pairs) = (lines.values, (count + 1) / 2)
      for (index, value) in values.enumerated() {
        let row = index / 32 % pairs * 2 + index % 2
        let k = index / (32 * pairs) * 16 + index / 2 % 16
        let wanted = k < width && row < count ? gathered[(first + row) * width + k] : 0
        if value != wanted { Issue.record("row \(row), element \(k) of \(count): \(value) for \(wanted)") }
      }
    }
  }

  @Test(arguments: [(1, 32), (31, 40), (64, 10), (37, 97)], ElementType.allCases)
  func columnsArePacked(_ size: (depth: Int, columns: Int), _ type: ElementType) {
    let (stride, begin) = (size.columns + 32, 32)
    let matrix = KernelTensor(normalValues(size.depth * stride, seed: 63), type)
    let values = matrix.values
    let columns = (0..<(size.columns + 31) / 32 * 32).map { c in
      (0..<size.depth).map { k in c < size.columns ? values[k * stride + begin + c] : 0 }
    }
    let (depth, count) = (Int64(size.depth), Int64(size.columns))
    let (from, to) = (Int64(begin), Int64(begin + size.columns))
    let floats = KernelTensor(count: Int(fk_slab_count(depth, count)), .float32)
    fk_pack_columns(matrix.memory, type.kernel, Int64(stride), depth, from, to, floats.floats)
    #expect(Packed.slabs(floats.values, columns: size.columns, depth: size.depth, group: 1) == columns)

    let halves = KernelTensor(count: Int(fk_slab_count_bf16(depth, count)), .bfloat16)
    fk_pack_columns_bf16(matrix.memory, type.kernel, Int64(stride), depth, from, to, halves.halves)
    let rounded = columns.map {
      $0.map(ElementType.bfloat16.stored) + [Float](repeating: 0, count: size.depth % 2)
    }
    #expect(Packed.slabs(halves.values, columns: size.columns, depth: size.depth, group: 2) == rounded)
  }

  /// Slabs of three taps, each packed on its own.
  @Test(arguments: [(32, 64), (33, 40), (80, 10), (7, 97)])
  func transposesArePacked(_ size: (depth: Int, columns: Int)) {
    let (taps, total) = (3, 3 * size.depth)
    let weights = KernelTensor(normalValues(taps * size.columns * size.depth, seed: 64), .float32)
    let values = weights.values
    let columns = (0..<(size.columns + 31) / 32 * 32).map { c in
      (0..<total).map { k in
        c < size.columns ? values[(k / size.depth * size.columns + c) * size.depth + k % size.depth] : 0
      }
    }
    let (depth, count) = (Int64(size.depth), Int64(size.columns))
    let floats = KernelTensor(count: Int(fk_slab_count(Int64(total), count)), .float32)
    let halves = KernelTensor(count: Int(fk_slab_count_bf16(Int64(total), count)), .bfloat16)
    for tap in 0..<taps {
      let matrix = weights.floats + tap * size.columns * size.depth
      let first = Int64(tap) * depth
      fk_pack_transposed(matrix, depth, depth, 0, count, first, Int64(total), floats.floats)
      fk_pack_transposed_bf16(matrix, depth, depth, 0, count, first, Int64(total), halves.halves)
    }
    #expect(Packed.slabs(floats.values, columns: size.columns, depth: total, group: 1) == columns)
    let rounded = columns.map {
      $0.map(ElementType.bfloat16.stored) + [Float](repeating: 0, count: total % 2)
    }
    #expect(Packed.slabs(halves.values, columns: size.columns, depth: total, group: 2) == rounded)

    let transposed = KernelTensor(count: size.columns * size.depth, .float32)
    fk_transpose(weights.floats, count, depth, transposed.floats)
    let wanted = (0..<size.depth).flatMap { k in (0..<size.columns).map { values[$0 * size.depth + k] } }
    #expect(transposed.values == wanted)
  }
}
