import Basics
import Rasters

/// The form in which the samples of a grid are delivered.
///
/// Bytes, unsigned numbers of 16 bits and floats are delivered as they are stored, so that a GPU gets few bytes. All else is
/// converted on the CPU: to floats for other types, for scaled numbers and between pixels (`bilinear`).
package struct GridDelivery: Hashable, Sendable {
  /// How samples reach another size of pixels.
  enum Change: Hashable, Sendable {
    /// Pixels stay. Those of a coarser grid are repeated where an image is made of them.
    case none
    /// Pixels are chosen: those of the grid are no multiples of the patch's.
    case nearest
    case bilinear
  }

  /// The usual type. A patch with missing samples comes as floats.
  package let type: DeliveredType
  package let size: PatchSize
  /// The most bytes that the samples of a patch take, a multiple of 64.
  package let bytes: Int
  let change: Change

  init(_ grid: Sensor.Grid, _ rules: SampleRules, at patch: PatchSize) {
    if grid.span == .same {
      change = .none
    } else {
      switch rules.resampling {
      case .nearest: change = grid.span.grid == 1 ? .none : .nearest
      case .bilinear: change = .bilinear
      }
    }
    let stored: DeliveredType =
      switch grid.type {
      case .uint8: .uint8
      case .uint16: .uint16
      case .int16, .float32, .float64: .float32
      }
    type = rules.scaling != nil || change == .bilinear ? .float32 : stored
    size = change == .none ? grid.size(in: patch) : patch
    bytes = (size.pixels * grid.bands.count * DeliveredType.float32.bytes + 63) / 64 * 64
  }
}

extension Sensor {
  /// The form in which each grid is delivered in patches of a size.
  package func deliveries(at size: PatchSize) -> [GridDelivery] {
    grids.map { GridDelivery($0, values, at: size) }
  }

  /// The most bytes that the delivered samples of a patch take. Each grid begins at a multiple of 64.
  package func deliveredBytes(at size: PatchSize) -> Int {
    deliveries(at: size).reduce(0) { $0 + $1.bytes }
  }

  /// Whether samples are delivered in the type and size in which they are stored, unless some are missing.
  package var isDeliveredAsStored: Bool { conversion == nil }

  /// What the CPU does to every patch before batches get it: "int16 samples become floats"; nil for nothing.
  package var conversion: String? {
    var steps: [String] = []
    for grid in grids where grid.type == .int16 || grid.type == .float64 {
      steps.append("\(grid.type.name) samples become floats")
    }
    if values.scaling != nil { steps.append("numbers are scaled") }
    let changes = Set(grids.map { GridDelivery($0, values, at: PatchSize(1)).change })
    if changes.contains(.nearest) { steps.append("pixels are chosen (nearest)") }
    if changes.contains(.bilinear) { steps.append("pixels are interpolated (bilinear)") }
    var seen: Set<String> = []
    let texts = steps.filter { seen.insert($0).inserted }
    return texts.isEmpty ? nil : texts.joined(separator: ", ")
  }
}
