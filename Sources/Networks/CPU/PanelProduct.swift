import CKernels

/// Products of packed operands by our own kernels: rows of windows in panels, a matrix in slabs of columns.
enum PanelProduct {
  /// Columns of a slab; parts of a matrix begin at a multiple of it.
  static let slab = Int(FK_SLAB)

  /// Floats of a matrix in slabs.
  static func slabCount(depth: Int, columns: Int) -> Int { Int(fk_slab_count(Int64(depth), Int64(columns))) }

  /// Floats of scratch space for a block of rows: one row, and the panels.
  static func scratch(rows: Int, depth: Int) -> Int { (rows + 1) * Int(fk_lined(Int64(depth))) }

  /// Packs the windows of `rows` as panels of `height` rows behind room for one row; returns the panels.
  static func pack(
    _ source: fk_source, _ window: fk_window, first: Int, count: Int, height: Int, depth: Int,
    scratch: UnsafeMutablePointer<Float>
  ) -> UnsafeMutablePointer<Float> {
    let panels = scratch + Int(fk_lined(Int64(depth)))
    withUnsafePointer(to: source) { source in
      withUnsafePointer(to: window) { window in
        fk_pack_rows(source, window, Int64(first), Int64(count), Int64(height), scratch, panels)
      }
    }
    return panels
  }

  /// out[rows, part] = windows of `rows` · columns `part` of the matrix in `slabs`.
  static func multiply(
    _ source: fk_source, _ window: fk_window, rows: Range<Int>, depth: Int,
    slabs: UnsafePointer<Float>, part: Range<Int>, scratch: UnsafeMutablePointer<Float>,
    out: UnsafeMutablePointer<Float>, stride: Int
  ) {
    let panels = pack(
      source, window, first: rows.lowerBound, count: rows.count,
      height: Int(fk_panel_height(Int64(rows.count))), depth: depth, scratch: scratch)
    fk_panel_product(
      panels, Int64(rows.count), Int64(depth), slabs + part.lowerBound * depth, Int64(part.count), out,
      FK_FLOAT32, Int64(stride))
  }
}
