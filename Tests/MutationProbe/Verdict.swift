import Foundation

/// How a changed file was received.
struct Verdict: Codable {
  let kind: FileSort
  let index: Int
  let base: String
  let change: String
  /// Size of the changed file, bytes.
  let bytes: Int
  /// Whether the seal and the digest are correct for the changed file, so that only its contents show the change.
  let isForged: Bool
  let isUnchanged: Bool
  var accepted = false
  /// The refusal, or what the program printed on standard error.
  var line = ""
  /// Exit status; negative for a signal that ended the program (-11: signal 11).
  var status: Int32 = 0
  /// Processor seconds.
  var seconds = 0.0
  /// Peak memory in MB, less the memory before the case and the size of the file.
  var megabytes = 0.0
  /// Digest of the values that were read.
  var digest: String?
  /// Name of the accepted file in the folder `accepted`.
  var kept: String?
  /// Descriptions of everything that must not happen.
  var faults: [String] = []

  init(_ kind: FileSort, _ index: Int, _ mutant: Mutant) {
    self.kind = kind
    self.index = index
    base = mutant.base
    change = mutant.change
    bytes = mutant.bytes.count
    isForged = mutant.isResealed
    isUnchanged = mutant.isUnchanged
  }

  static let memoryLimit = 200.0
  static let timeLimit = 5.0

  /// Names inside this program and its libraries, which mean nothing to a user.
  private static let internalNames = [
    "/vsimem/", "Fatal error", "Swift.", "SEN12MS.", "Imagery.", "Rasters.", "Pickles.", "HDF5Storage.",
    "Networks.", "Experiments.", "Training.", "Checkpoints.", "Yams", "YamlError",
    "CocoaError",
    "NSError", "Optional(", "H5D", "H5F", "H5G", "H5O", "H5S", "H5T", "H5A", "H5L", "GDALOpen", "TIFFRead",
    "TIFFFetch",
    "_TIFF", "TIFFFill", "Decode:", "Setup:", "()", "precondition", "Index out of range",
  ]

  /// Adds the faults that the other properties show.
  mutating func judge() {
    if status < 0 { faults.append("signal \(-status)") }
    if seconds > Self.timeLimit { faults.append("took \(seconds) s") }
    if megabytes > Self.memoryLimit { faults.append("took \(megabytes) MB beyond the file") }
    if accepted, kind == .checkpoint, !isForged, !isUnchanged {
      faults.append("a damaged checkpoint was accepted")
    }
    let lines = line.split(separator: "\n", omittingEmptySubsequences: false)
    if !accepted {
      if lines.count != 1 || line.isEmpty { faults.append("\(lines.count) lines") }
      if status != kind.refusal { faults.append("status \(status)") }
    }
    if lines.contains(where: { String($0) != $0.printable }) { faults.append("control characters") }
    if line.utf8.count > 4000 { faults.append("\(line.utf8.count) bytes of text") }
    for name in Self.internalNames where line.contains(name) { faults.append("the internal name \(name)") }
  }
}

/// The peak memory of this process since the value was made.
struct PeakMemory {
  private let before: Int

  /// Forgets the peak so far.
  init() {
    try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
    before = Self.field("VmRSS")
  }

  /// Bytes of the peak, less the bytes in use when the value was made.
  var growth: Int { max(0, Self.field("VmHWM") - before) }

  private static func field(_ name: String) -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("\(name):") } ?? ""
    return 1024 * (Int(line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first ?? "") ?? 0)
  }
}

/// A digest of values that is easy to compute in other languages: CRC-32 and the number of bytes.
struct ValueDigest {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
  }

  private var state: UInt32 = ~0
  private var count = 0

  var text: String { "\(~state)-\(count)" }

  mutating func update(_ bytes: some Sequence<UInt8>) {
    Self.table.withUnsafeBufferPointer { table in
      for byte in bytes {
        state = table[Int((state ^ UInt32(byte)) & 0xFF)] ^ (state >> 8)
        count &+= 1
      }
    }
  }

  mutating func update(_ text: String) { update(text.utf8) }

  /// Adds floats as little-endian bytes. All NaNs have the same bytes.
  mutating func update(_ values: some Sequence<Float>) {
    for value in values {
      let bits = value.isNaN ? Float.nan.bitPattern : value.bitPattern
      withUnsafeBytes(of: bits.littleEndian) { update($0) }
    }
  }

  mutating func update(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { update($0) }
  }
}
