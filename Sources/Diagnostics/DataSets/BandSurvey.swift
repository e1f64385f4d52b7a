import Basics
import Imagery

/// The values of a band in some patches, in the sensor's unit.
package struct BandValues: Sendable, Equatable {
  package let sensor: String
  package let band: String
  /// The least and the largest value; nil where all samples are missing.
  package let range: ClosedRange<Double>?
  /// The mean of the values that are not missing; nil where all are.
  package let mean: Double?
  /// The share of samples that are NaN, infinite or marked as missing.
  package let missing: Double

  /// Whether all samples have one value.
  var isConstant: Bool { range.map { $0.lowerBound == $0.upperBound } ?? false }
}

/// The values of a sensor in a few patches: enough to see a wrong unit, scale or order of bands.
struct BandSurvey {
  let sensor: Sensor
  let bands: [BandValues]
  /// The correlation of each band with a reference band over all pixels; nil without a reference.
  let likeness: (reference: String, byBand: [Double])?
  /// Number of patches that were read.
  private(set) var patches = 0
  /// The first file that cannot be read, or has another size or form than the manifest says.
  private(set) var problem: InputError?

  /// At most this many pixels of a patch are counted. They are spread over all its rows and columns.
  private static let pixels = 4096

  /// - Parameters:
  ///   - patches: their numbers.
  ///   - reference: the band that others are compared with; nil for none.
  ///   - size: the size that every patch must have.
  init(
    _ sensor: Sensor, of patches: [Int], in store: any PatchStore, size: PatchSize, reference: String?
  ) {
    self.sensor = sensor
    let names = sensor.bandNames
    let channels = Channels(name: sensor.name, sensor: sensor, bands: names)
    let place = reference.flatMap(names.firstIndex)
    var sums = names.map { _ in Sums() }
    for patch in patches {
      let samples: [Float]
      do {
        samples = try store.samples(of: patch, channels, size: size)
      } catch {
        problem = problem ?? (error as? InputError)
        continue
      }
      self.patches += 1
      // An odd step meets every column of a patch whose width is a power of two.
      let step = max(1, size.pixels / Self.pixels) | 1
      samples.withUnsafeBufferPointer { samples in
        for band in names.indices {
          var pixel = 0
          while pixel < size.pixels {
            let value = samples[pixel &* names.count &+ band]
            let other = place.map { samples[pixel &* names.count &+ $0] } ?? 0
            sums[band].add(Double(value), beside: Double(other))
            pixel = pixel &+ step
          }
        }
      }
    }
    bands = zip(names, sums).map { name, sums in
      BandValues(
        sensor: sensor.name, band: name, range: sums.count > 0 ? sums.least...sums.largest : nil,
        mean: sums.count > 0 ? sums.mean : nil,
        missing: sums.seen > 0 ? Double(sums.seen - sums.count) / Double(sums.seen) : 0)
    }
    likeness = place.map { (names[$0], sums.map(\.correlation)) }
  }

  /// Sums over the samples of a band, and over those of the reference band at the same pixels.
  private struct Sums {
    var (seen, count) = (0, 0)
    var (least, largest) = (Double.infinity, -Double.infinity)
    /// Sums of differences to the first sample, so that large values do not cancel.
    private var (first, firstOther): (Double?, Double?) = (nil, nil)
    private var (x, y, xx, yy, xy) = (0.0, 0.0, 0.0, 0.0, 0.0)
    private var pairs = 0

    var mean: Double { (first ?? 0) + x / Double(count) }

    var correlation: Double {
      let n = Double(pairs)
      let (varianceX, varianceY) = (xx - x * x / n, yy - y * y / n)
      guard pairs > 1, varianceX > 0, varianceY > 0 else { return 0 }
      return (xy - x * y / n) / (varianceX * varianceY).squareRoot()
    }

    mutating func add(_ value: Double, beside other: Double) {
      seen += 1
      guard value.isFinite else { return }
      count += 1
      least = min(least, value)
      largest = max(largest, value)
      if first == nil { first = value }
      if firstOther == nil { firstOther = other.isFinite ? other : 0 }
      let (a, b) = (value - first!, (other.isFinite ? other : firstOther!) - firstOther!)
      (x, y, xx, yy, xy) = (x + a, y + b, xx + a * a, yy + b * b, xy + a * b)
      pairs += 1
    }
  }
}
