import Basics
import Foundation
import Imagery
import Presentation

/// What the values of a few patches say about unit, scale and order of bands.
struct BandHints {
  let survey: BandSurvey
  private let unit: String

  init(_ survey: BandSurvey) {
    self.survey = survey
    unit = survey.sensor.plainUnit
  }

  var findings: [Finding] {
    (ranges + constants + order).map { Finding("values", .note, $0.text, remedy: $0.remedy) }
  }

  private typealias Hint = (text: String, remedy: String?)

  // MARK: Unit and scale

  private var ranges: [Hint] {
    let ranges = survey.bands.compactMap(\.range)
    guard let least = ranges.map(\.lowerBound).min(), let largest = ranges.map(\.upperBound).max() else {
      return []
    }
    let found = "\(survey.sensor.title) has values of \(Self.figure(least)) to \(Self.figure(largest))"
    func hint(_ expected: String, _ remedy: String) -> [Hint] {
      [("\(found), and its unit is \(survey.sensor.unit): \(expected)", remedy)]
    }
    switch unit {
    case "db" where least < -60 || largest > 30:
      return hint("backscatter lies within -60 and 30", "state unit, scale, offset and nodata of the files")
    case "reflectance*10000" where largest > 20_000:
      return hint("reflectances above 2 are no land", "state unit, scale, offset and nodata of the files")
    case "reflectance*10000" where largest < 2:
      return hint("these look like reflectances from 0 to 1", "state 'unit: reflectance'")
    case "reflectance" where largest > 20:
      return hint(
        "these look like reflectances × 10,000", "state 'unit: reflectance*10000', or 'scale: 0.0001'")
    case "brightness" where least < 0 || largest > 255:
      return hint("brightness lies within 0 and 255", "state unit and scale of the files")
    default: return []
    }
  }

  private var constants: [Hint] {
    let names = survey.bands.filter(\.isConstant).map(\.band)
    guard !names.isEmpty, survey.patches > 0 else { return [] }
    return [
      (
        "\(counted(names.count, "band")) of \(survey.sensor.title) with one value in all of "
          + "\(counted(survey.patches, "patch", plural: "patches")): \(names.joined(separator: ", "))",
        "leave such bands out (sensors.\(survey.sensor.name).use), or check the files"
      )
    ]
  }

  // MARK: Order of bands

  private var order: [Hint] {
    let remedy = "compare 'bands' of the manifest with the order in the files (gdalinfo names bands)"
    return [cirrus, nearInfrared].compactMap {
      $0.map { ("\($0): the order of the bands may be wrong", remedy) }
    }
  }

  /// Level 1C: the atmosphere absorbs nearly all light in B10, so no band is darker.
  private var cirrus: String? {
    guard unit.hasPrefix("reflectance"), let cirrus = survey.bands.first(where: { $0.band == "B10" }),
      let mean = cirrus.mean,
      let darkest = survey.bands.filter({ $0.mean != nil }).min(by: { $0.mean! < $1.mean! }),
      darkest.band != cirrus.band, darkest.mean! < mean / 2
    else { return nil }
    return "\(darkest.band) is the darkest band (mean \(Self.figure(darkest.mean!))), which B10 usually is "
      + "(mean \(Self.figure(mean)))"
  }

  /// B8A lies within B08. Of the bands that are no neighbours of both, none is as like B08 as B8A is. Bands of other pixels
  /// than B8A's are left out: coarse pixels make any band less like B08.
  private var nearInfrared: String? {
    let grid = survey.sensor.grids.first { $0.bands.contains("B8A") }
    guard let likeness = survey.likeness, let grid,
      let own = survey.bands.firstIndex(where: { $0.band == "B8A" })
    else { return nil }
    let others = survey.bands.indices.filter { index in
      let band = survey.bands[index].band
      return grid.bands.contains(band) && !([likeness.reference, "B8A"] + Self.neighbours).contains(band)
    }
    let values = likeness.byBand
    guard let best = others.max(by: { values[$0] < values[$1] }), values[best] > values[own] + 0.05 else {
      return nil
    }
    return "\(survey.bands[best].band) correlates most with \(likeness.reference) "
      + "(\(NumberText.fixed(values[best], 2))), which B8A usually does (\(NumberText.fixed(values[own], 2)))"
  }

  /// Bands at the red edge. They may be as like B08 as B8A is.
  private static let neighbours = ["B06", "B6", "B07", "B7"]

  /// The band that others are compared with: B08 of a sensor with B8A.
  static func reference(of sensor: Sensor) -> String? {
    guard sensor.bandNames.contains("B8A") else { return nil }
    return sensor.bandNames.first { ["B08", "B8"].contains($0) }
  }

  private static func figure(_ value: Double) -> String { String(format: "%.4g", value) }
}
