import Basics
import DataSets
import Foundation
import Imagery
import Pictures

/// How some bands of a sensor become a picture: one band as greys, or three numbers of each pixel as red, green and blue.
struct BandView {
  /// The number of a pixel that a channel of the picture shows.
  enum Channel {
    case band(String)
    /// The difference of two bands in dB, which is their ratio.
    case ratio(String, String)
  }

  /// Between which numbers a channel goes from dark to bright.
  enum Range {
    case fixed(ClosedRange<Float>)
    /// By the samples of the patch, see `Contrast`.
    case contrast(Contrast)
  }

  let kind: PatchPicture.Kind
  let title: String
  /// One or three.
  let channels: [(channel: Channel, range: Range)]
  /// Whether bands are intensities, which are shown in dB.
  var isIntensity = false

  /// The bands that are needed.
  var bands: [String] {
    channels.flatMap { part in
      switch part.channel {
      case .band(let band): [band]
      case .ratio(let first, let second): [first, second]
      }
    }
  }

  /// The picture of a patch. Missing samples are magenta.
  /// - Parameters:
  ///   - samples: `[H, W, C]` in the sensor's unit; NaN where they are missing.
  ///   - names: the names of the C bands, which have those of the view.
  func picture(_ samples: [Float], _ names: [String], _ size: PatchSize) -> (picture: Picture, detail: String)
  {
    let shown = channels.map { part in
      let values = values(of: part.channel, samples, names)
      let range =
        switch part.range {
        case .fixed(let range): range
        case .contrast(let contrast): contrast.range(of: values)
        }
      return (values: values, range: range)
    }
    let picture = Picture(width: size.width, height: size.height) { row, column in
      let pixel = row * size.width + column
      let levels = shown.map { Self.level($0.values[pixel], in: $0.range) }
      guard let red = levels[0], let green = levels[levels.count / 2], let blue = levels[levels.count - 1]
      else { return .missing }
      return Colour(red: red, green: green, blue: blue)
    }
    let detail = zip(channels, shown).map { part, shown in
      "\(Self.name(of: part.channel)) \(Self.text(shown.range.lowerBound))…\(Self.text(shown.range.upperBound))"
    }
    return (picture, detail.joined(separator: ", "))
  }

  private func values(of channel: Channel, _ samples: [Float], _ names: [String]) -> [Float] {
    func values(_ band: String) -> [Float] {
      guard let place = names.firstIndex(of: band) else {
        preconditionFailure("the samples of \(title) have band \(band)")
      }
      let own = stride(from: place, to: samples.count, by: names.count).map { samples[$0] }
      // An intensity of 0 or less has no logarithm: it is as dark as can be.
      return isIntensity ? own.map { 10 * log10(max($0, 1e-9)) } : own
    }
    switch channel {
    case .band(let band): return values(band)
    case .ratio(let first, let second): return zip(values(first), values(second)).map { $0 - $1 }
    }
  }

  /// 0 at the lower end of a range to 255 at the upper end; nil for a missing sample.
  private static func level(_ value: Float, in range: ClosedRange<Float>) -> UInt8? {
    guard value.isFinite else { return nil }
    let span = range.upperBound - range.lowerBound
    guard span > 0 else { return 128 }
    return UInt8((min(max((value - range.lowerBound) / span, 0), 1) * 255).rounded())
  }

  private static func name(of channel: Channel) -> String {
    switch channel {
    case .band(let band): band
    case .ratio(let first, let second): "\(first)/\(second)"
    }
  }

  /// Three digits: "2410", "0.0241".
  private static func text(_ value: Float) -> String {
    abs(value) >= 100 ? "\(Int(value.rounded()))" : String(format: "%.3g", value)
  }
}

extension Colour {
  /// A pixel whose sample is missing: magenta, which surfaces do not have.
  package static let missing = Colour(red: 255, green: 0, blue: 255)
}
