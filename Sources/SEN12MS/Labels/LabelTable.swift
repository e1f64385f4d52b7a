import Foundation
import Tensors

/// The class fractions of many patches, in one flat array.
public struct LabelTable: Sendable {
  /// All patches of the table, in the order of its source.
  public let patches: [PatchID]
  private let rows: [PatchID: Int32]
  /// `[patches, 17]`
  private let fractions: [Double]

  public var count: Int { patches.count }

  /// The fractions of a patch, nil when the table has none.
  public subscript(patch: PatchID) -> IGBPFractions? {
    guard let row = rows[patch] else { return nil }
    let start = Int(row) * IGBPFractions.classCount
    return IGBPFractions(fractions[start..<start + IGBPFractions.classCount])
  }

  /// Computes the fractions of every patch, for data without a label file.
  /// - Parameters:
  ///   - patches: no patch twice.
  ///   - fractions: called once a patch, in order; usually reads the patch's land cover map.
  public init(_ patches: [PatchID], fractions: (PatchID) throws -> IGBPFractions) rethrows {
    var values: [Double] = []
    values.reserveCapacity(patches.count * IGBPFractions.classCount)
    for patch in patches { values += try fractions(patch).values }
    self.init(patches: patches, rows: Self.rows(of: patches), fractions: values)
  }

  /// Reads a file such as `IGBP_probability_labels.pkl`: a dict from Sentinel-2 file names to 17 fractions
  /// in a NumPy array, a list or a tuple.
  /// - Throws: `InputError` (data) naming the file and, where one is to blame, the patch.
  public init(contentsOf url: URL) throws {
    let (arena, root) = try PickleReader.read(url)
    func problem(_ text: String) -> InputError {
      InputError(.data, url.path, text, remedy: "use the published IGBP_probability_labels.pkl")
    }
    guard arena.kind(root) == .dict else {
      throw problem("expected a dict from file names to class fractions, found \(arena.kind(root).name)")
    }

    let entries = arena.items(root)
    var patches: [PatchID] = []
    patches.reserveCapacity(entries.count / 2)
    var fractions: [Double] = []
    fractions.reserveCapacity(entries.count / 2 * IGBPFractions.classCount)
    for key in stride(from: 0, to: entries.count, by: 2) {
      guard let name = arena.text(entries[key]) else {
        throw problem("entry \(key / 2) is called by \(arena.kind(entries[key]).name), expected a file name")
      }
      guard let patch = PatchID.parse(sentinel2: arena.source, name) else {
        throw problem(
          "entry \(key / 2) is called \(excerpt(arena.source[name])), "
            + "expected a name such as ROIs1158_spring_s2_1_p30.tif")
      }
      let filled = fractions.count
      let found = arena.appendNumbers(entries[key + 1], atMost: IGBPFractions.classCount, to: &fractions)
      guard found == IGBPFractions.classCount else {
        let instead = found.map { "\($0) numbers" } ?? arena.kind(entries[key + 1]).name
        throw problem("\(patch) has \(instead), expected 17 class fractions")
      }
      for index in filled..<fractions.count where !Self.allowed.contains(fractions[index]) {
        throw problem(
          "\(patch) has the fraction \(fractions[index]) of class \(index - filled + 1), "
            + "expected a number from 0 to 1")
      }
      patches.append(patch)
    }

    let rows = Self.rows(of: patches)
    guard rows.count == patches.count else {
      throw problem("\(firstRepeated(in: patches)!) has two entries")
    }
    self.init(patches: patches, rows: rows, fractions: fractions)
  }

  private init(patches: [PatchID], rows: [PatchID: Int32], fractions: [Double]) {
    self.patches = patches
    self.rows = rows
    self.fractions = fractions
  }

  /// Fractions may leave 0...1 by rounding; NaN lies in no range.
  private static let allowed = -1e-6...1 + 1e-6

  private static func rows(of patches: [PatchID]) -> [PatchID: Int32] {
    var rows: [PatchID: Int32] = [:]
    rows.reserveCapacity(patches.count)
    for (row, patch) in patches.enumerated() { rows[patch] = Int32(row) }
    return rows
  }
}

/// The first patch that stands in a list for the second time.
func firstRepeated(in patches: [PatchID]) -> PatchID? {
  var seen: Set<PatchID> = []
  seen.reserveCapacity(patches.count)
  return patches.first { !seen.insert($0).inserted }
}

extension PatchID {
  /// The patch of a Sentinel-2 file name at a place of `bytes`; nil for every other text.
  @inline(__always)
  static func parse(sentinel2 bytes: [UInt8], _ range: Range<Int>) -> PatchID? {
    bytes.withUnsafeBytes { bytes in
      let parsed = parse(UnsafeRawBufferPointer(rebasing: bytes[range]))
      return parsed?.kind == .s2 ? parsed?.patch : nil
    }
  }
}

extension PickleArena {
  /// Appends the numbers of an array of one dimension, a list or a tuple.
  /// - Returns: how many numbers there are, nil when the value is nothing of that sort or holds other
  ///   things than numbers. Appends nothing when there are more than `limit`.
  func appendNumbers(_ value: PickleValue, atMost limit: Int, to numbers: inout [Double]) -> Int? {
    if let array = array(value), array.dtype.kind != .object {
      guard array.rank == 1, let bytes = data(array.data) else { return nil }
      guard array.count <= limit else { return array.count }
      return source.withUnsafeBytes { source in
        for index in 0..<array.count {
          guard let number = array.dtype.double(source, at: bytes.lowerBound + index * array.dtype.size)
          else {
            return nil
          }
          numbers.append(number)
        }
        return array.count
      }
    }
    let list = array(value)?.data ?? value
    guard kind(list) == .list || kind(list) == .tuple else { return nil }
    guard count(list) <= limit else { return count(list) }
    for item in items(list) {
      guard let number = double(item) else { return nil }
      numbers.append(number)
    }
    return count(list)
  }
}
