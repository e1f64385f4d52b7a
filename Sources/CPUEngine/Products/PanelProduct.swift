import CKernels

/// The kernels that multiply for a convolution, and the type of their operands.
struct ProductKernels: Hashable, Sendable {
  let path: KernelPath
  let operands: ProductOperands

  /// Name for messages, e.g. `AVX-512 panels, bfloat16`.
  var name: String {
    switch operands {
    case .float32: path.products
    case .rounded: "\(path.products), rounded"
    case .bfloat16: "\(path.products), bfloat16"
    }
  }

  /// Products of packed operands; nil where the path has none.
  var panels: PanelProduct? { path == .avx512 ? PanelProduct(operands: operands) : nil }

  /// Whether OpenBLAS may read a buffer of this type as a matrix in place.
  func readsInPlace(_ type: ElementType) -> Bool { operands == .float32 && type == .float32 }

  /// Rounds gathered rows if the products take rounded operands.
  func round(_ values: UnsafeMutablePointer<Float>, _ count: Int) {
    if operands == .rounded { fk_round_to_bf16(values, Int64(count)) }
  }
}

/// Products of packed operands by the AVX-512 kernels. Rows of windows are packed in panels or lines, the columns of
/// the other matrix in slabs (`fk_panels.h`, `fk_pairs.h`).
///
/// Room for packed operands is counted in floats, for operands of bfloat16 too.
struct PanelProduct: Sendable {
  let operands: ProductOperands

  /// Columns of a slab; column blocks begin at a multiple of this number.
  static let slab = Int(FK_SLAB)

  private var isPaired: Bool { operands == .bfloat16 }

  /// Floats of a matrix in slabs.
  func slabCount(depth: Int, columns: Int) -> Int {
    isPaired
      ? Int(fk_slab_count_bf16(Int64(depth), Int64(columns))) / 2
      : Int(fk_slab_count(Int64(depth), Int64(columns)))
  }

  /// Floats of scratch space for the panels of a block of rows.
  func panelScratch(rows: Int, depth: Int) -> Int {
    (rows + 1) * lineCount(depth)
  }

  /// Floats of scratch space for the lines of a block of rows.
  func lineScratch(rows: Int, depth: Int) -> Int {
    guard isPaired else { return panelScratch(rows: rows, depth: depth) }
    return 2 * lineCount(depth) + Int(fk_lines_count_bf16(Int64(depth), Int64(rows))) / 2
  }

  /// Floats of one row, padded with zeros to a whole line.
  private func lineCount(_ depth: Int) -> Int {
    isPaired ? Int(fk_lined_bf16(Int64(depth))) / 2 : Int(fk_lined(Int64(depth)))
  }

  /// Packs columns of a row-major matrix `[depth, stride]` as slabs.
  func packColumns(
    _ matrix: UnsafeRawPointer, _ type: fk_type, stride: Int, depth: Int, _ columns: Range<Int>,
    into slabs: UnsafeMutablePointer<Float>
  ) {
    let (begin, end) = (Int64(columns.lowerBound), Int64(columns.upperBound))
    if isPaired {
      fk_pack_columns_bf16(matrix, type, Int64(stride), Int64(depth), begin, end, pairs(slabs))
    } else {
      fk_pack_columns(matrix, type, Int64(stride), Int64(depth), begin, end, slabs)
      round(slabs, slabCount(depth: depth, columns: columns.count))
    }
  }

  /// Packs rows of a row-major matrix `[., depth]` as columns of slabs of depth `total`. They fill the `depth` slab
  /// rows from `first` on.
  func packTransposed(
    _ matrix: UnsafePointer<Float>, depth: Int, _ rows: Range<Int>, first: Int, total: Int,
    into slabs: UnsafeMutablePointer<Float>
  ) {
    let (begin, end) = (Int64(rows.lowerBound), Int64(rows.upperBound))
    if isPaired {
      fk_pack_transposed_bf16(
        matrix, Int64(depth), Int64(depth), begin, end, Int64(first), Int64(total), pairs(slabs))
    } else {
      fk_pack_transposed(
        matrix, Int64(depth), Int64(depth), begin, end, Int64(first), Int64(total), slabs)
      round(slabs + first * Self.slab, depth * Self.slab)
    }
  }

  /// The left matrix of a product: row `r` is the window at output position `r`, `depth` numbers.
  struct Windows {
    let source: fk_source
    let window: fk_window
    let depth: Int
  }

  /// The matrix that a product writes: row `r` begins `r * stride` elements behind `start`.
  struct Output {
    let start: UnsafeMutableRawPointer
    let type: fk_type
    let stride: Int
  }

  /// out[rows, part] = windows[rows] · slabs[:, part].
  func multiply(
    _ windows: Windows, rows: Range<Int>, slabs: UnsafePointer<Float>, part: Range<Int>,
    scratch: UnsafeMutablePointer<Float>, into output: Output
  ) {
    let (first, count) = (Int64(rows.lowerBound), Int64(rows.count))
    let (depth, out, type, stride) = (windows.depth, output.start, output.type, output.stride)
    let panels = scratch + lineCount(depth)
    let slabs = slabs + slabCount(depth: depth, columns: part.lowerBound)
    withUnsafePointer(to: windows.source) { source in
      withUnsafePointer(to: windows.window) { window in
        if isPaired {
          fk_pack_rows_bf16(
            source, window, first, count, fk_panel_height(count), pairs(scratch), pairs(panels))
          fk_panel_product_bf16(
            pairs(panels), count, Int64(depth), pairs(slabs), Int64(part.count), out, type, Int64(stride))
        } else {
          fk_pack_rows(source, window, first, count, fk_panel_height(count), scratch, panels)
          round(panels, rows.count * lineCount(depth))
          fk_panel_product(panels, count, Int64(depth), slabs, Int64(part.count), out, type, Int64(stride))
        }
      }
    }
  }

  /// out[depth, columns] = windows[positions]ᵀ · slabs, or += with `accumulate`. The slabs have one row per position;
  /// rows of `out` are `stride` floats apart.
  func multiplyTransposed(
    _ windows: Windows, positions: Range<Int>, slabs: (start: UnsafePointer<Float>, columns: Int),
    scratch: UnsafeMutablePointer<Float>, into out: UnsafeMutablePointer<Float>, stride: Int,
    accumulate: Bool
  ) {
    let (depth, first, count) = (windows.depth, positions.lowerBound, positions.count)
    let (slabs, columns) = slabs
    let (rows, mode) = (Int64(count), Int32(accumulate ? 1 : 0))
    let lines = scratch + (isPaired ? 2 : 1) * lineCount(depth)
    withUnsafePointer(to: windows.source) { source in
      withUnsafePointer(to: windows.window) { window in
        if isPaired {
          fk_pack_lines_bf16(source, window, Int64(first), rows, pairs(scratch), pairs(lines))
          fk_line_product_bf16(
            pairs(lines), Int64(depth), rows, pairs(slabs), Int64(columns), out, Int64(stride), mode)
        } else {
          fk_pack_rows(source, window, Int64(first), rows, rows, scratch, lines)
          round(lines, count * lineCount(depth))
          fk_line_product(lines, Int64(depth), rows, slabs, Int64(columns), out, Int64(stride), mode)
        }
      }
    }
  }

  private func round(_ values: UnsafeMutablePointer<Float>, _ count: Int) {
    if operands == .rounded { fk_round_to_bf16(values, Int64(count)) }
  }

  private func pairs(_ floats: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<fk_bf16> {
    UnsafeMutableRawPointer(floats).assumingMemoryBound(to: fk_bf16.self)
  }

  private func pairs(_ floats: UnsafePointer<Float>) -> UnsafePointer<fk_bf16> {
    UnsafeRawPointer(floats).assumingMemoryBound(to: fk_bf16.self)
  }
}
