/// The images of one input as their files hold them, and the rules that turn them into floats `[N, H, W, C]`.
///
/// An image is one or more grids, each of one sample type, e.g. bands of 10 m and of 20 m. All grids cover
/// the same area: each pixel of a grid of half the resolution lies under four pixels of the image.
public struct RawSamples {
  /// The type in which a sample is stored.
  package enum SampleType: Sendable {
    case uint8, uint16, float32

    package var bytes: Int {
      switch self {
      case .uint8: 1
      case .uint16: 2
      case .float32: 4
      }
    }
  }

  /// Samples `[height, width, bands]` of each image.
  package struct Grid {
    /// The samples of the first image.
    package let samples: UnsafeRawPointer
    /// Bytes from one image to the next.
    package let stride: Int
    /// The type of each image: a file may hold floats where others hold integers.
    package let types: [SampleType]
    package let height, width, bands: Int

    /// - Parameters:
    ///   - samples: aligned for the types.
    ///   - stride: bytes from one image to the next, a multiple of the bytes of a sample.
    ///   - bands: number of bands; the samples of one pixel lie side by side.
    package init(
      _ samples: UnsafeRawPointer, stride: Int, types: [SampleType], height: Int, width: Int, bands: Int
    ) {
      (self.samples, self.stride, self.types) = (samples, stride, types)
      (self.height, self.width, self.bands) = (height, width, bands)
    }

    /// Images of one type, one directly after the other.
    package init(
      _ samples: UnsafeRawPointer, _ type: SampleType, images: Int, height: Int, width: Int, bands: Int
    ) {
      self.init(
        samples, stride: height * width * bands * type.bytes,
        types: Array(repeating: type, count: images), height: height, width: width, bands: bands)
    }
  }

  /// How samples are cleaned before they are normalised.
  package struct Cleaning: Hashable, Sendable {
    /// Samples are clipped to this range; infinite bounds clip nothing.
    package let low, high: Float
    /// The value that replaces a NaN; nil to leave it.
    package let missing: Float?
    /// Whether `missing` replaces infinities too; otherwise they are clipped.
    package let replacesInfinite: Bool

    package init(
      low: Float = -.infinity, high: Float = .infinity, missing: Float? = nil, replacesInfinite: Bool = false
    ) {
      precondition(low <= high, "samples cannot be clipped to \(low)...\(high)")
      (self.low, self.high, self.missing) = (low, high, missing)
      self.replacesInfinite = replacesInfinite
    }

    /// Samples stay as they are.
    package static let none = Cleaning()
  }

  /// A channel of the floats: (clean(sample · scale) − mean) / deviation.
  package struct Band: Hashable, Sendable {
    /// The grid and the band within it, from 0.
    package let grid, band: Int
    package let scale: Float
    package let cleaning: Cleaning
    package let mean, deviation: Float

    package init(
      grid: Int = 0, band: Int, scale: Float = 1, cleaning: Cleaning = .none, mean: Float, deviation: Float
    ) {
      (self.grid, self.band, self.scale, self.cleaning) = (grid, band, scale, cleaning)
      (self.mean, self.deviation) = (mean, deviation)
    }
  }

  /// Which pixel of an image each output pixel shows. Output pixel (y, x) shows row
  /// `row + y · down.rows + x · right.rows`, column `column + y · down.columns + x · right.columns`. Crops,
  /// flips and quarter turns are all of this form.
  package struct View: Hashable, Sendable {
    package let row, column: Int
    /// The step in the image from an output pixel to the one below it, and to the one right of it.
    package let down, right: Step

    package struct Step: Hashable, Sendable {
      package let rows, columns: Int

      package init(rows: Int, columns: Int) { (self.rows, self.columns) = (rows, columns) }
    }

    package init(
      row: Int = 0, column: Int = 0, down: Step = Step(rows: 1, columns: 0),
      right: Step = Step(rows: 0, columns: 1)
    ) {
      (self.row, self.column, self.down, self.right) = (row, column, down, right)
    }

    /// The image as it is stored, from its first pixel on.
    package static let whole = View()
  }

  /// Height and width of the stored images. Views count in their pixels.
  package let imageHeight, imageWidth: Int
  /// Height and width of the output.
  package let height, width: Int
  package let grids: [Grid]
  /// The band of each output channel.
  package let bands: [Band]
  /// The view of each sample of the batch.
  package let views: [View]

  /// - Parameters:
  ///   - size: height and width of the output.
  ///   - image: height and width of the images, where all grids may be coarser; nil for those of the finest grid.
  ///   - views: a view for each sample of the batch, inside of its image.
  package init(
    grids: [Grid], bands: [Band], size: (height: Int, width: Int), image: (height: Int, width: Int)? = nil,
    views: [View]
  ) {
    precondition(!grids.isEmpty && !bands.isEmpty, "images have a grid and a band at least")
    (self.grids, self.bands, self.views) = (grids, bands, views)
    (height, width) = size
    imageHeight = image?.height ?? grids.map(\.height).max()!
    imageWidth = image?.width ?? grids.map(\.width).max()!
    for grid in grids {
      precondition(grid.types.count >= views.count, "every image has a type in each grid")
      precondition(
        imageHeight % grid.height == 0 && imageWidth % grid.width == 0,
        "a grid of \(grid.height)×\(grid.width) does not divide images of \(imageHeight)×\(imageWidth)")
    }
    for band in bands {
      precondition(
        grids.indices.contains(band.grid) && (0..<grids[band.grid].bands).contains(band.band),
        "there is no band \(band.band) of grid \(band.grid)")
    }
  }
}

/// The most memory that one image of an input takes as its file holds it, see `RawSamples`.
package struct StoredImage: Hashable, Sendable {
  /// Bytes of each grid, in the widest type that its samples may have.
  package let gridBytes: [Int]

  package init(gridBytes: [Int]) { self.gridBytes = gridBytes }
}

extension RawSamples {
  /// Images that are normalised already: every sample keeps its value.
  /// - Parameters:
  ///   - floats: `[N, H, W, C]`, aligned for floats.
  ///   - shape: the shape of the images.
  package init(normalised floats: UnsafePointer<Float>, _ shape: Shape) {
    self.init(
      grids: [
        Grid(
          floats, .float32, images: shape.batch, height: shape.height, width: shape.width,
          bands: shape.channels)
      ],
      bands: (0..<shape.channels).map { Band(band: $0, mean: 0, deviation: 1) },
      size: (shape.height, shape.width), views: Array(repeating: .whole, count: shape.batch))
  }

  /// Writes the floats `[N, H, W, C]`. This is the reference: every device's own code must give the same
  /// bits.
  package func normalise(into output: UnsafeMutablePointer<Float>) {
    var next = output
    for (sample, view) in views.enumerated() {
      for y in 0..<height {
        for x in 0..<width {
          let row = view.row + y * view.down.rows + x * view.right.rows
          let column = view.column + y * view.down.columns + x * view.right.columns
          precondition(
            (0..<imageHeight).contains(row) && (0..<imageWidth).contains(column),
            "a view must lie inside of its image")
          for band in bands {
            next.pointee = band.normalised(grids[band.grid].value(sample, row, column, band.band, of: self))
            next += 1
          }
        }
      }
    }
  }
}

extension RawSamples.Grid {
  /// The sample under a pixel of the image.
  fileprivate func value(
    _ sample: Int, _ row: Int, _ column: Int, _ band: Int, of whole: RawSamples
  ) -> Float {
    let (y, x) = (row / (whole.imageHeight / height), column / (whole.imageWidth / width))
    let image = samples + sample * stride
    let index = (y * width + x) * bands + band
    switch types[sample] {
    case .uint8: return Float(image.load(fromByteOffset: index, as: UInt8.self))
    case .uint16: return Float(image.load(fromByteOffset: 2 * index, as: UInt16.self))
    case .float32: return image.load(fromByteOffset: 4 * index, as: Float.self)
    }
  }
}

extension RawSamples.Band {
  /// Divides, and does not multiply by a reciprocal, so that the result has the same bits on every device.
  fileprivate func normalised(_ sample: Float) -> Float {
    (cleaning.cleaned(sample * scale) - mean) / deviation
  }
}

extension RawSamples.Cleaning {
  fileprivate func cleaned(_ value: Float) -> Float {
    if value.isNaN || (replacesInfinite && value.isInfinite) { return missing ?? value }
    return value < low ? low : value > high ? high : value
  }
}
