import Basics
import Rasters

/// The patches of one cluster put together to a map.
///
/// A pixel of the map is the largest square that fits both the patches and the distances between them, or a sixteenth of a
/// patch where that is larger. Its probabilities are the means over all patches that contain it. Patches of 256 pixels that
/// lie 128 pixels apart give pixels of 128.
struct Mosaic {
  let cluster: String
  let grid: RasterGrid
  /// Probabilities `[H, W, K]`; NaN where no patch lies.
  let probabilities: [Float]

  /// The most pixels of a map.
  private static let mostPixels = 1 << 24
  private static let finest = 16

  /// The maps of all clusters. Patches of a cluster that lie in several coordinate systems give a map each.
  /// - Returns: the maps, and the clusters whose patches lie too far apart for one.
  static func all(_ footprints: [Footprint], _ predictions: PatchPredictions) -> (
    maps: [Mosaic], failed: [String]
  ) {
    var groups: [String: [Footprint]] = [:]
    var order: [(key: String, cluster: String)] = []
    for footprint in footprints where footprint.grid.isNorthUp {
      let cluster = predictions.clusters[footprint.row]
      let t = footprint.grid.transform!
      let key = "\(cluster)\n\(footprint.grid.projection) \(t[1]) \(t[5])"
      if groups[key] == nil { order.append((key, cluster)) }
      groups[key, default: []].append(footprint)
    }
    var (maps, failed) = ([Mosaic](), [String]())
    for (key, cluster) in order {
      let earlier = maps.count { $0.cluster == cluster || $0.cluster.hasPrefix("\(cluster)_part") }
      let name = earlier == 0 ? cluster : "\(cluster)_part\(earlier + 1)"
      if let map = Mosaic(name, groups[key]!, predictions) {
        maps.append(map)
      } else {
        failed.append(cluster)
      }
    }
    return (maps, failed)
  }

  private init?(_ cluster: String, _ footprints: [Footprint], _ predictions: PatchPredictions) {
    let first = footprints[0].grid
    let places = footprints.map { footprint in
      let corner = first.pixel(x: footprint.grid.transform![0], y: footprint.grid.transform![3])
      return (column: Int(corner.column.rounded()), row: Int(corner.row.rounded()))
    }
    let (left, top) = (places.map(\.column).min()!, places.map(\.row).min()!)
    let size = first.size
    var step = Self.divisor(size.width, size.height)
    for place in places {
      step = Self.divisor(step, Self.divisor(place.column - left, place.row - top))
    }
    step = max(step, min(size.width, size.height) / Self.finest, 1)
    let right = places.map(\.column).max()! + size.width
    let bottom = places.map(\.row).max()! + size.height
    let grid = first.part(columns: left..<right, rows: top..<bottom, step: step)
    guard grid.size.width <= Self.mostPixels, grid.size.height <= Self.mostPixels / max(grid.size.width, 1)
    else {
      return nil
    }
    let classes = predictions.classes.count
    var sums = [Double](repeating: 0, count: grid.size.pixels * classes)
    var counts = [Int32](repeating: 0, count: grid.size.pixels)
    for (footprint, place) in zip(footprints, places) {
      let values = predictions.probabilities(of: footprint.row).map(Double.init)
      let x = Self.cells(place.column - left, size.width, step)
      let y = Self.cells(place.row - top, size.height, step)
      for row in y {
        for column in x {
          let pixel = row * grid.size.width + column
          counts[pixel] += 1
          for k in 0..<classes { sums[pixel * classes + k] += values[k] }
        }
      }
    }
    self.cluster = cluster
    self.grid = grid
    probabilities = sums.indices.map { index in
      let count = counts[index / classes]
      return count > 0 ? Float(sums[index] / Double(count)) : .nan
    }
  }

  /// The cells nearest to a side of a patch.
  private static func cells(_ start: Int, _ length: Int, _ step: Int) -> Range<Int> {
    let first = (start + step / 2) / step
    return first..<first + max(length / step, 1)
  }

  private static func divisor(_ a: Int, _ b: Int) -> Int {
    var (a, b) = (abs(a), abs(b))
    while b != 0 { (a, b) = (b, a % b) }
    return a
  }
}
