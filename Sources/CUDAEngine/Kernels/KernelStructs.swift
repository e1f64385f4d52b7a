import Networks

/// The numbers of one step in device memory; `struct step_table` of the kernels.
package struct StepTable: Hashable, Sendable, BitwiseCopyable {
  /// Number of the step, and the seed of the dropout masks.
  package var step: UInt64 = 0
  package var seed: UInt64 = 0
  /// Samples of the step on the ranks before this one.
  package var samplesBefore: UInt64 = 0
  /// 1 / samples of all ranks.
  package var share: Double = 1
  /// Adam: 1 − βᵗ for update t, counted from 1.
  package var correction1: Double = 1
  package var correction2: Double = 1
  package var learningRate: Float = 0
  /// 1 in the first update.
  package var initial: UInt32 = 0
  /// Not 0: the optimizer changes nothing.
  package var skip: UInt32 = 0
  /// Gradients are multiples of the loss times this number.
  package var scale: Float = 1

  package init() {}
}

/// The loss scale in device memory; `struct loss_scale` of the kernels.
package struct ScaleState: Hashable, Sendable, BitwiseCopyable {
  /// Updates of the whole training.
  package var updates: UInt64
  package var scale: Float
  /// Updates since the scale last changed.
  package var goodSteps: UInt32

  package init(updates: Int, _ scale: LossScale) {
    (self.updates, self.scale) = (UInt64(updates), scale.scale)
    goodSteps = UInt32(min(scale.goodSteps, LossScale.growthInterval))
  }
}

/// Neighbouring parameters that follow the optimizer alike; `struct segment` of the kernels.
package struct UpdateSegment: Hashable, Sendable, BitwiseCopyable {
  /// Index of the first element behind the segment.
  package var end: UInt64
  /// Factors of the learning rate and the weight decay.
  package var rate, decay: Float
  package var frozen: UInt32
  private var unused: UInt32 = 0

  package init(end: Int, rate: Float, decay: Float, isFrozen: Bool) {
    (self.end, self.rate, self.decay, frozen) = (UInt64(end), rate, decay, isFrozen ? 1 : 0)
  }
}

/// One grid of raw samples; `struct raw_grid` of the kernels.
package struct RawGrid: Hashable, Sendable, BitwiseCopyable {
  /// Bytes from the start of the samples to the first image, and from one image to the next.
  package var offset, stride: UInt64
  package var width, bands: Int32
  /// Pixels of the image over a pixel of the grid.
  package var rowStep, columnStep: Int32

  package init(offset: Int, stride: Int, width: Int, bands: Int, rowStep: Int, columnStep: Int) {
    (self.offset, self.stride) = (UInt64(offset), UInt64(stride))
    (self.width, self.bands) = (Int32(width), Int32(bands))
    (self.rowStep, self.columnStep) = (Int32(rowStep), Int32(columnStep))
  }
}

/// A channel: (clean(sample · scale) − mean) / deviation; `struct raw_band` of the kernels.
package struct RawBand: Hashable, Sendable, BitwiseCopyable {
  package var grid, band: Int32
  package var scale, low, high, missing, mean, deviation: Float
  /// Bit 0: `missing` replaces missing values. Bit 1: infinities are missing.
  package var replaces: UInt32
  private var unused: UInt32 = 0

  package init(_ band: RawSamples.Band) {
    let cleaning = band.cleaning
    (grid, self.band) = (Int32(band.grid), Int32(band.band))
    (scale, low, high) = (band.scale, cleaning.low, cleaning.high)
    (missing, mean, deviation) = (cleaning.missing ?? 0, band.mean, band.deviation)
    replaces = (cleaning.missing == nil ? 0 : 1) | (cleaning.replacesInfinite ? 2 : 0)
  }
}

/// Which pixel of the image each output pixel shows; `struct raw_view` of the kernels.
package struct RawView: Hashable, Sendable, BitwiseCopyable {
  package var row, column, downRows, downColumns, rightRows, rightColumns: Int32

  package init(_ view: RawSamples.View) {
    (row, column) = (Int32(view.row), Int32(view.column))
    (downRows, downColumns) = (Int32(view.down.rows), Int32(view.down.columns))
    (rightRows, rightColumns) = (Int32(view.right.rows), Int32(view.right.columns))
  }
}
