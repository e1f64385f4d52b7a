import Basics

/// The bytes of the results of units in a file: one after the other, each with a digest that shows a torn write.
///
/// A result is its number as 8 bytes, probabilities as 4 bytes each, a bit for each missing cell, filled up to 8 bytes, and
/// the digest of all that.
struct UnitLayout {
  /// How much there is in a unit.
  struct Size: Equatable, Sendable {
    let windows, cells: Int
  }

  let units: [Size]
  private let classes: Int
  /// Where each unit begins, and where the last one ends.
  let starts: [Int]

  init(_ plan: WindowPlan, classes: Int) {
    self.init(plan.units.map { Size(windows: $0.windows, cells: $0.cells) }, classes: classes)
  }

  init(_ units: [Size], classes: Int) {
    (self.units, self.classes) = (units, classes)
    var starts = [0]
    for unit in units { starts.append(starts.last! + Self.contentBytes(unit, classes) + 8) }
    self.starts = starts
  }

  private static func floatBytes(_ unit: Size, _ classes: Int) -> Int {
    unit.windows * classes * MemoryLayout<Float>.size
  }

  private static func contentBytes(_ unit: Size, _ classes: Int) -> Int {
    (8 + floatBytes(unit, classes) + (unit.cells + 7) / 8 + 7) / 8 * 8
  }

  func bytes(_ result: UnitResult, _ number: Int) -> [UInt8] {
    let unit = units[number]
    precondition(
      result.probabilities.count == unit.windows * classes && result.missing.count == unit.cells,
      "a result has \(unit.windows * classes) probabilities and \(unit.cells) marks, as its unit has")
    var bytes = withUnsafeBytes(of: UInt64(number).littleEndian) { Array($0) }
    for value in result.probabilities {
      withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }
    var cells = [UInt8](repeating: 0, count: (unit.cells + 7) / 8)
    for (index, isMissing) in result.missing.enumerated() where isMissing {
      cells[index / 8] |= 1 << UInt8(index % 8)
    }
    bytes += cells
    bytes += [UInt8](repeating: 0, count: Self.contentBytes(unit, classes) - bytes.count)
    return bytes + withUnsafeBytes(of: Self.digest(bytes).littleEndian) { Array($0) }
  }

  /// - Returns: nil for bytes that are not those of the unit's result.
  func result(_ bytes: [UInt8], _ number: Int) -> UnitResult? {
    let unit = units[number]
    let content = Self.contentBytes(unit, classes)
    guard bytes.count == content + 8 else { return nil }
    return bytes.withUnsafeBytes { all in
      let digest = UInt64(littleEndian: all.loadUnaligned(fromByteOffset: content, as: UInt64.self))
      guard digest == Self.digest(bytes.prefix(content)),
        UInt64(littleEndian: all.loadUnaligned(as: UInt64.self)) == UInt64(number)
      else { return nil }
      let floats = (0..<unit.windows * classes).map {
        Float(
          bitPattern: UInt32(littleEndian: all.loadUnaligned(fromByteOffset: 8 + $0 * 4, as: UInt32.self)))
      }
      let cells = 8 + Self.floatBytes(unit, classes)
      let missing = (0..<unit.cells).map { all[cells + $0 / 8] >> UInt8($0 % 8) & 1 == 1 }
      return UnitResult(probabilities: floats, missing: missing)
    }
  }

  private static func digest(_ bytes: some Sequence<UInt8>) -> UInt64 { Checksum(bytes).value }
}
