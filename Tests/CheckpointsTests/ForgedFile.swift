import Basics
import Checkpoints
import Foundation
import HDF5Storage

/// A checkpoint whose HDF5 structures can be changed. Every checksum and the seal are then made to fit again.
struct ForgedFile {
  /// One structure with a checksum of its own.
  struct Structure {
    /// "OHDR", "OCHK", "FRHP", "FHDB", "FHIB", "BTHD", "BTIN", "BTLF" or, for the superblock, "\u{89}HDF".
    let kind: String
    /// The bytes of the structure in the file.
    let range: Range<Int>
    /// Where its checksum begins in the file.
    var sum: Int
  }

  private(set) var bytes: [UInt8]
  /// All structures, in the order of the file.
  let structures: [Structure]

  /// Takes apart a sound file.
  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    var found: [Structure] = []
    var place = FileSeal.size
    while place + 8 <= bytes.count {
      if let structure = Self.structure(at: place, in: bytes) {
        found.append(structure)
        place = structure.range.upperBound
      } else {
        place += 1
      }
    }
    structures = found
  }

  /// The structures of a kind.
  func all(_ kind: String) -> [Structure] { structures.filter { $0.kind == kind } }

  /// Puts a little-endian number into the file.
  mutating func put(_ value: UInt64, size: Int, at offset: Int) {
    for byte in 0..<size where offset + byte < bytes.count {
      bytes[offset + byte] = UInt8(truncatingIfNeeded: value >> UInt64(8 * byte))
    }
  }

  mutating func replace(_ range: Range<Int>, with new: some Collection<UInt8>) {
    bytes.replaceSubrange(range, with: new)
  }

  /// A number of the file.
  func number(size: Int, at offset: Int) -> UInt64 {
    bytes[offset..<offset + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Writes the file with new checksums of the structures and a new seal.
  func write(to path: String) throws {
    var bytes = bytes
    for structure in structures {
      let sum = Self.checksum(structure, bytes)
      for byte in 0..<4 { bytes[structure.sum + byte] = UInt8(truncatingIfNeeded: sum >> UInt32(8 * byte)) }
    }
    try? FileManager.default.removeItem(atPath: path)
    try AtomicFile.write(to: path) { file in
      try bytes.withUnsafeBytes { try file.write($0, at: 0) }
      try FileSeal.close(file)
    }
  }

  private static func checksum(_ structure: Structure, _ bytes: [UInt8]) -> UInt32 {
    var own = Array(bytes[structure.range])
    let sum = structure.sum - structure.range.lowerBound
    // Only blocks of a heap have the checksum before their data. It is computed with zeros in its own place.
    if sum + 4 == own.count { return HDF5Checksum.value(of: own.dropLast(4)) }
    for byte in sum..<sum + 4 { own[byte] = 0 }
    return HDF5Checksum.value(of: own[...])
  }

  /// The structure that begins at a place; nil when there is none. Its length is the one whose checksum fits.
  private static func structure(at place: Int, in bytes: [UInt8]) -> Structure? {
    let kind = String(decoding: bytes[place..<place + 4], as: Unicode.ASCII.self)
    func fitting(_ length: Int, sum: Int? = nil) -> Structure? {
      guard place + length <= bytes.count else { return nil }
      let structure = Structure(
        kind: kind, range: place..<place + length, sum: place + (sum ?? length - 4))
      let stored = bytes[structure.sum..<structure.sum + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
      return checksum(structure, bytes) == stored ? structure : nil
    }
    switch kind {
    case "FRHP": return fitting(146)
    case "BTHD": return fitting(38)
    case "FHDB": return (9...16).lazy.compactMap { fitting(1 << $0, sum: 17) }.first
    case "OHDR", "OCHK", "FHIB", "BTIN", "BTLF": return (12...1200).lazy.compactMap { fitting($0) }.first
    default: return place == FileSeal.size ? fitting(48) : nil
    }
  }
}
