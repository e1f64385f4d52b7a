import CKernels
import CPUEngine
import Testing

/// Products of packed operands against sums in double precision of the same, rounded, operands.
@Suite(.enabled(if: fk_has_avx512() != 0, "this processor has no AVX-512"))
struct ProductKernelTests {
  static var types: [ElementType] { fk_has_bf16() != 0 ? ElementType.allCases : [.float32] }

  private struct Operands {
    let a, b: [Double]
    let rows, depth, columns: Int

    func sum(_ r: Int, _ c: Int) -> Exact {
      (0..<depth).reduce(Exact()) { $0 + a[r * depth + $1] * b[$1 * columns + c] }
    }
  }

  /// c = a · b, with row stride `ldc`.
  private func panelProduct(
    _ a: [Float], _ b: KernelTensor, _ size: (rows: Int, depth: Int, columns: Int), _ type: ElementType,
    into c: KernelTensor, ldc: Int
  ) {
    let (rows, depth, columns) = size
    let source = KernelTensor(a, .float32)
    var offset: Int32 = 0
    var image = fk_source(
      data: source.memory, type: FK_FLOAT32, scale: nil, shift: nil, relu: 0, height: Int32(rows), width: 1,
      channels: Int32(depth), pitch: Int32(depth))
    let (m, k, n) = (Int64(rows), Int64(depth), Int64(columns))
    withUnsafePointer(to: &offset) { offset in
      var window = fk_window(
        dh: offset, dw: offset, taps: 1, stride: 1, rows: Int32(rows), columns: 1, channel_begin: 0,
        channel_end: Int32(depth))
      let height = fk_panel_height(m)
      if type == .float32 {
        let row = KernelTensor(count: Int(fk_lined(k)), .float32)
        let panels = KernelTensor(count: rows * Int(fk_lined(k)), .float32)
        fk_pack_rows(&image, &window, 0, m, height, row.floats, panels.floats)
        let slabs = KernelTensor(count: Int(fk_slab_count(k, n)), .float32)
        fk_pack_columns(b.memory, b.type.kernel, n, k, 0, n, slabs.floats)
        fk_panel_product(panels.floats, m, k, slabs.floats, n, c.memory, c.type.kernel, Int64(ldc))
      } else {
        let row = KernelTensor(count: Int(fk_lined_bf16(k)), .bfloat16)
        let panels = KernelTensor(count: rows * Int(fk_lined_bf16(k)), .bfloat16)
        fk_pack_rows_bf16(&image, &window, 0, m, height, row.halves, panels.halves)
        let slabs = KernelTensor(count: Int(fk_slab_count_bf16(k, n)), .bfloat16)
        fk_pack_columns_bf16(b.memory, b.type.kernel, n, k, 0, n, slabs.halves)
        fk_panel_product_bf16(panels.halves, m, k, slabs.halves, n, c.memory, c.type.kernel, Int64(ldc))
      }
    }
  }

  @Test(arguments: [(1, 1, 32), (14, 64, 10), (31, 147, 40), (45, 80, 65), (12, 33, 128)], types)
  func panelProductsAgree(_ size: (rows: Int, depth: Int, columns: Int), _ type: ElementType) {
    let (rows, depth, columns) = size
    let a = normalValues(rows * depth, seed: 71).map(type.stored)
    let b = KernelTensor(normalValues(depth * columns, seed: 72), type)
    let operands = Operands(
      a: a.map(Double.init), b: b.exact, rows: rows, depth: depth, columns: columns)
    for out in ElementType.allCases {
      let ldc = columns + 3
      let c = KernelTensor([Float](repeating: 5, count: rows * ldc), out)
      panelProduct(a, b, size, type, into: c, ldc: ldc)
      let exact = (0..<rows * ldc).map { at in
        at % ldc < columns ? operands.sum(at / ldc, at % ldc) : Exact(value: 5, size: 0)
      }
      expectNear(c.values, exact, out, operations: depth, "to \(out)")
    }
  }

  /// The bits of an element do not depend on the places of its row and its column.
  @Test(arguments: types, ElementType.allCases)
  func elementsAreTheSameInAnyBlock(_ type: ElementType, _ out: ElementType) {
    let (rows, depth, columns) = (29, 101, 70)
    let a = normalValues(rows * depth, seed: 73)
    let b = normalValues(depth * columns, seed: 74)
    let whole = KernelTensor(count: rows * columns, out)
    panelProduct(
      a, KernelTensor(b, .float32), (rows, depth, columns), type, into: whole, ldc: columns)
    for (first, count, column, width) in [(0, 1, 0, 70), (9, 13, 5, 40), (28, 1, 69, 1), (3, 26, 32, 38)] {
      let part = KernelTensor(count: count * width, out)
      let columnsOfB = (0..<depth * width).map { b[$0 / width * columns + column + $0 % width] }
      panelProduct(
        Array(a[first * depth..<(first + count) * depth]), KernelTensor(columnsOfB, .float32),
        (count, depth, width), type, into: part, ldc: width)
      let values = whole.values
      let wanted = (0..<count * width).map { values[(first + $0 / width) * columns + column + $0 % width] }
      #expect(part.values == wanted)
    }
  }

  /// Gradients of weights: the depth is the number of pixels, taken in two blocks.
  @Test(arguments: [(1, 16, 32), (9, 64, 33), (57, 80, 70), (84, 12, 10)], types)
  func lineProductsAgree(_ size: (pixels: Int, width: Int, columns: Int), _ type: ElementType) {
    for stored in ElementType.allCases { lineProductAgrees(size, type, stored) }
  }

  private func lineProductAgrees(
    _ size: (pixels: Int, width: Int, columns: Int), _ type: ElementType, _ stored: ElementType
  ) {
    let (width, columns) = (size.width, size.columns)
    let source = WindowedSource(stored, channels: width, size: 1, isMapped: true)
    let g = KernelTensor(normalValues(source.positions * columns, seed: 75), stored)
    let rounded = source.gathered().map(type.stored)
    let gradient = g.values.map(type.stored)
    let c = KernelTensor(count: width * columns, .float32)
    let (m, n) = (Int64(width), Int64(columns))
    let blocks = [0..<size.pixels, size.pixels..<source.positions].filter { !$0.isEmpty }
    for (index, block) in blocks.enumerated() {
      let (first, depth) = (Int64(block.lowerBound), Int64(block.count))
      let columnsAt = fk_type_size(stored.kernel) * first * n
      if type == .float32 {
        let row = KernelTensor(count: Int(fk_lined(m)), .float32)
        let lines = KernelTensor(count: Int(fk_lined(m)) * block.count, .float32)
        source.with { fk_pack_rows($0, $1, first, depth, depth, row.floats, lines.floats) }
        let slabs = KernelTensor(count: Int(fk_slab_count(depth, n)), .float32)
        fk_pack_columns(g.memory + Int(columnsAt), stored.kernel, n, depth, 0, n, slabs.floats)
        fk_line_product(lines.floats, m, depth, slabs.floats, n, c.floats, n, index > 0 ? 1 : 0)
      } else {
        let room = KernelTensor(count: 2 * Int(fk_lined_bf16(m)), .bfloat16)
        let lines = KernelTensor(count: Int(fk_lines_count_bf16(m, depth)), .bfloat16)
        source.with { fk_pack_lines_bf16($0, $1, first, depth, room.halves, lines.halves) }
        let slabs = KernelTensor(count: Int(fk_slab_count_bf16(depth, n)), .bfloat16)
        fk_pack_columns_bf16(g.memory + Int(columnsAt), stored.kernel, n, depth, 0, n, slabs.halves)
        fk_line_product_bf16(lines.halves, m, depth, slabs.halves, n, c.floats, n, index > 0 ? 1 : 0)
      }
    }
    let exact = (0..<width * columns).map { at in
      (0..<source.positions).reduce(Exact()) { sum, p in
        sum + Double(rounded[p * width + at / columns]) * Double(gradient[p * columns + at % columns])
      }
    }
    expectNear(c.values, exact, .float32, operations: source.positions)
  }
}
