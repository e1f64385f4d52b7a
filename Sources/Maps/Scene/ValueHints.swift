import Basics
import Imagery
import Presentation

/// What samples of a scene tell about its units, from a few small parts of it.
package struct ValueHints {
  /// Warnings for the user, one line each.
  package let warnings: [String]

  /// Number of parts along each side, and the side of a part in pixels.
  private static let (parts, side) = (4, 64)
  /// What products of Sentinel-2 add to reflectance × 10⁴ since processing baseline 04.00.
  private static let added = 1000.0

  /// - Throws: `InputError` (data) for a file that cannot be read.
  package init(_ scene: Scene) throws {
    var warnings: [String] = []
    var samples: [String: [[Double]]] = [:]
    for row in 0..<Self.parts {
      for column in 0..<Self.parts {
        func range(_ number: Int, _ length: Int) -> Range<Int> {
          let side = min(Self.side, length) / scene.step * scene.step
          let start = (length - side) * number / (Self.parts - 1) / scene.step * scene.step
          return start..<start + side
        }
        var part = ScenePart(
          rows: range(row, scene.size.height), columns: range(column, scene.size.width),
          column: scene.column, row: scene.row)
        for bands in scene.sensors {
          for (grid, sources) in zip(bands.sensor.grids, bands.grids) {
            let found = try part.samples(grid, sources, bands, [])
            for (band, name) in grid.bands.enumerated() {
              let own = stride(from: band, to: found.values.count, by: found.bands).map {
                Double(found.values[$0])
              }
              samples["\(bands.sensor.name) \(name)", default: []].append(own)
            }
          }
        }
      }
    }
    for bands in scene.sensors {
      let own = bands.sensor.bandNames.map { samples["\(bands.sensor.name) \($0)"]!.flatMap { $0 } }
      warnings += Self.warnings(bands, own)
    }
    self.warnings = warnings
  }

  /// - Parameter samples: those of each band, NaN for missing ones.
  private static func warnings(_ bands: Scene.SensorBands, _ samples: [[Double]]) -> [String] {
    let (name, sensor) = (bands.sensor.name, bands.sensor)
    let valid = samples.flatMap { $0 }.filter(\.isFinite)
    guard let least = valid.min(), let most = valid.max() else { return [] }
    var warnings: [String] = []
    if sensor.unit == "reflectance × 10⁴", sensor.values.scaling == nil {
      let pixels = samples[0].indices
      // Black edges hold 0 in every band.
      let black = pixels.filter { pixel in samples.allSatisfy { $0[pixel] == bands.offset } }
      let rest = valid.filter { $0 != bands.offset }.min() ?? least
      if !black.isEmpty, bands.nodata == nil {
        warnings.append(
          "\(name): \(NumberText.percent(Double(black.count) / Double(pixels.count))) of the pixels looked at are 0 in "
            + "every band, which often means no data; if so, give --nodata \(name)=0")
      }
      if bands.offset == 0, rest >= Self.added, most > 100 {
        warnings.append(
          "\(name): no sample of those looked at is below \(NumberText.grouped(Int(rest))): products of Sentinel-2 since "
            + "baseline 04.00 hold 1,000 more than earlier ones; if this is one, give --offset \(name)=-1000")
      }
      let negative = valid.count { $0 < 0 }
      if bands.offset < 0, negative * 20 > valid.count {
        warnings.append(
          "\(name): with --offset \(name)=\(NumberText.digits(bands.offset)), "
            + "\(NumberText.percent(Double(negative) / Double(valid.count))) of the samples looked at are below 0; "
            + "products before baseline 04.00 need no offset")
      }
      if most <= 2, least >= 0 {
        warnings.append(
          "\(name): samples lie between \(NumberText.digits(least)) and \(NumberText.digits(most)), and the network was "
            + "trained on \(sensor.unit); multiply them by 10,000 (gdal_calc, or a scale in a VRT)")
      }
    }
    if sensor.unit == "dB", least >= 0 {
      warnings.append(
        "\(name): no sample of those looked at is below 0, as in linear power; the network was trained on dB "
          + "(10 · log10 of it)")
    }
    return warnings
  }
}
