import CRaster
import Rasters

/// What the stored numbers of a grid's bands mean: which mark missing samples, and their scale.
struct StoredNumbers {
  /// One entry for each band, or one for all of them.
  private let bands: [fk_raster_numbers]
  /// value = number · factor + addend, in floats, by the sensor.
  private let factors: [Float]
  /// Whether stored numbers are no values.
  let areScaled: Bool
  private let marksMissing: Bool

  /// - Parameter bands: number of bands of the grid.
  init(_ grid: RawGrid, _ rules: SampleRules, bands: Int) {
    precondition(
      grid.declared.isEmpty || grid.declared.count == bands, "a store declares something of each band")
    let isFloat = grid.values.type == .float32
    // Files may write the number with more digits than a float has.
    func number(_ nodata: Double?) -> Double { nodata.map { isFloat ? Double(Float($0)) : $0 } ?? .nan }
    // The sensor's scale counts, not that of files.
    let declared = grid.declared.isEmpty ? [.none] : grid.declared
    let ignoresScale = rules.scaling != nil
    let all = declared.map {
      fk_raster_numbers(
        missing: (number($0.nodata), number(rules.nodata)), scale: ignoresScale ? 1 : $0.scale,
        offset: ignoresScale ? 0 : $0.offset)
    }
    self.bands = Set(declared).count == 1 ? Array(all.prefix(1)) : all
    factors = rules.scaling.map { [$0.scale, $0.offset] } ?? [1, 0]
    areScaled = ignoresScale || declared.contains(where: \.isScaled)
    marksMissing = rules.nodata != nil || declared.contains { $0.nodata != nil }
  }

  /// Numbers that are values, none of which is missing.
  static let plain = StoredNumbers()

  private init() {
    bands = [.init(missing: (.nan, .nan), scale: 1, offset: 0)]
    (factors, areScaled, marksMissing) = ([1, 0], false, false)
  }

  /// Whether integers cannot be delivered as they are: they are scaled, or some of them mark missing samples.
  func becomeFloats(_ values: SampleValues, _ count: Int) -> Bool {
    if areScaled { return true }
    guard marksMissing else { return false }
    let step = bands.count
    for (place, band) in bands.enumerated() {
      for missing in [band.missing.0, band.missing.1] {
        guard let number = UInt16(exactly: missing) else { continue }
        let (samples, steps) = (Int64(count / step), Int64(step))
        switch values {
        case .uint8(let start):
          guard let number = UInt8(exactly: number) else { continue }
          if fk_raster_has_u8(start + place, samples, steps, number) != 0 { return true }
        case .uint16(let start):
          if fk_raster_has_u16(start + place, samples, steps, number) != 0 { return true }
        case .int16, .float32, .float64: preconditionFailure("only unsigned integers may stay as they are")
        }
      }
    }
    return false
  }

  /// Turns floats that mark missing samples into NaN.
  func mark(_ samples: UnsafeMutablePointer<Float>, _ count: Int) {
    guard marksMissing else { return }
    for (place, band) in bands.enumerated() {
      for missing in [band.missing.0, band.missing.1] where !missing.isNaN {
        fk_raster_mark_f32(samples + place, Int64(count / bands.count), Int64(bands.count), Float(missing))
      }
    }
  }

  /// Writes values: floats, and NaN where samples are missing. They may take the place of the stored numbers.
  func convert(_ values: SampleValues, _ count: Int, into output: UnsafeMutableRawPointer) {
    let type =
      switch values {
      case .uint8: FK_RASTER_U8
      case .uint16: FK_RASTER_U16
      case .int16: FK_RASTER_I16
      case .float32: FK_RASTER_F32
      case .float64: FK_RASTER_F64
      }
    fk_raster_floats(
      values.start, Int32(type), Int64(count), bands, Int32(bands.count), factors,
      output.bindMemory(to: Float.self, capacity: count))
  }
}
