import DataSets
import Imagery

/// The pictures that a sensor's bands make. Bands are found by name, whatever the data set.
struct SensorViews {
  let views: [BandView]

  /// - Parameters:
  ///   - sensor: the sensor of a data set, or of a file.
  ///   - used: the bands that people use, in order. Where no picture is known, the first three are shown in greys.
  ///   - statistics: those that the data set states; nil for none.
  init(of sensor: Sensor, used: [String], statistics: Normalisation?) {
    let parts = Parts(sensor: sensor, statistics: statistics)
    let known = parts.optical + parts.radar
    // A map of probabilities has a band for each class.
    let greys = used.prefix(sensor.plainUnit == "probability" ? 12 : 3)
    views = known.isEmpty ? greys.map { parts.grey($0) } : known
  }

  private struct Parts {
    let sensor: Sensor
    let statistics: Normalisation?

    /// The band of the first of some names.
    private func band(_ names: String...) -> String? { names.lazy.compactMap(sensor.band(like:)).first }

    // MARK: Light

    var optical: [BandView] {
      guard let red = band("red", "B4", "r"), let green = band("green", "B3", "g") else { return [] }
      var views: [BandView] = []
      if let blue = band("blue", "B2", "b") {
        views.append(colours(.trueColour, "true colour", [red, green, blue]))
      }
      if let infrared = band("nir", "B8", "B8A") {
        views.append(colours(.falseColour, "false colour", [infrared, red, green]))
      }
      return views
    }

    private func colours(_ kind: PatchPicture.Kind, _ title: String, _ bands: [String]) -> BandView {
      BandView(kind: kind, title: title, channels: bands.map { (.band($0), range(of: $0)) })
    }

    func grey(_ band: String) -> BandView {
      BandView(kind: .band, title: band, channels: [(.band(band), range(of: band))])
    }

    /// Brightness is shown as it is. Other bands are shown by their contrast.
    private func range(of band: String) -> BandView.Range {
      if sensor.plainUnit == "brightness" { return .fixed(0...255) }
      if let figures = statistics?.figures(of: sensor.name),
        let place = figures.bandNames.firstIndex(of: band)
      {
        return .contrast(Contrast(mean: figures.bands.mean[place], std: figures.bands.std[place]))
      }
      return switch sensor.plainUnit {
      case "reflectance*10000": .contrast(Contrast(usual: 0...3000, leastSpan: 1000))
      case "reflectance": .contrast(Contrast(usual: 0...0.3, leastSpan: 0.1))
      case "db": .fixed(decibels)
      case "probability": .fixed(0...1)
      default: .contrast(Contrast(usual: nil, leastSpan: 0))
      }
    }

    // MARK: Radar

    /// The range of backscatter in dB: that to which the data set clips, else −25 to 0.
    private var decibels: ClosedRange<Float> {
      switch sensor.cleaning {
      case .clip(let range): range
      case .none: -25...0
      }
    }

    /// The ratio of co-polarised to cross-polarised backscatter, dB.
    private static let ratio: ClosedRange<Float> = 0...15

    var radar: [BandView] {
      let isDecibels = sensor.plainUnit == "db"
      let pairs = isDecibels ? [("VV", "VH"), ("HH", "HV")] : [("VV_lee", "VH_lee")]
      for names in pairs {
        guard let (own, cross) = band(names.0).flatMap({ own in band(names.1).map { (own, $0) } }) else {
          continue
        }
        let range = isDecibels ? decibels : -25...0
        let whole = BandView(
          kind: .radar, title: "radar",
          channels: [
            (.band(own), .fixed(range)), (.band(cross), .fixed(range)),
            (.ratio(own, cross), .fixed(Self.ratio)),
          ], isIntensity: !isDecibels)
        return [whole]
          + [own, cross].map {
            BandView(
              kind: .band, title: $0, channels: [(.band($0), .fixed(range))], isIntensity: !isDecibels)
          }
      }
      return []
    }
  }
}
