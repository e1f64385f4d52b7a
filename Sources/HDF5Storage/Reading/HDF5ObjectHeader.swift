/// The description of a group or a data set: a list of HDF5 messages (object header).
struct HDF5ObjectHeader {
  /// The kinds of message that are read; others are skipped.
  enum Kind: UInt8 {
    case dataspace = 0x01
    case linkInfo = 0x02
    case datatype = 0x03
    case link = 0x06
    case externalFiles = 0x07
    case layout = 0x08
    case filters = 0x0B
    case attribute = 0x0C
    case continuation = 0x10
    case symbolTable = 0x11
  }

  /// The longest part of a header that is read, bytes; parts in checkpoints have a few hundred.
  private static let partLimit = 1 << 20
  private static let continuationLimit = 64

  /// The name of the object in error messages.
  let name: String
  private var messages: [(kind: Kind, body: ArraySlice<UInt8>)] = []
  /// Addresses and lengths of the parts still to be read.
  private var continuations: [(address: Int, count: Int)] = []

  /// How messages begin.
  private enum Form {
    /// Version 1: fields of 8 bytes, no signatures, no checksums.
    case old
    /// Version 2. `hasOrder`: two bytes with the order in which messages were made.
    case new(hasOrder: Bool)

    var prefixSize: Int {
      switch self {
      case .old: 8
      case .new(let hasOrder): hasOrder ? 6 : 4
      }
    }
  }

  /// The beginning of a header of version 2.
  struct Beginning {
    /// Bytes before the messages, with the signature.
    let prefix: Int
    /// Bytes of the first part, with signature and checksum.
    let count: Int
    /// Whether messages say when they were made.
    let hasOrder: Bool
    /// Where the four times of the object are, from the start of the header; empty where it has none.
    let times: Range<Int>

    init(at address: Int, named name: String, in storage: HDF5Storage) throws {
      // At most 34 bytes come before the messages: signature, version and flags (6), four times (16), two
      // limits (4) and a size (8).
      let beginning = try storage.beginning(at: address, count: 34, "the header of '\(name)'")
      var cursor = HDF5Cursor(beginning.dropFirst(5), of: "the header of '\(name)'")
      let flags = try cursor.byte()
      hasOrder = flags & 0x04 != 0
      times = 6..<(flags & 0x20 == 0 ? 6 : 22)
      _ = try cursor.take(times.count + (flags & 0x10 == 0 ? 0 : 4))
      let length = try cursor.count(1 << Int(flags & 3))
      try requireShort(length, name)
      prefix = beginning.count - cursor.count
      count = prefix + length + 4
    }
  }

  /// Reads the header at an address.
  /// - Parameter allowsOldForm: whether the header may have version 1, which has no checksum.
  init(at address: Int, named name: String, in storage: HDF5Storage, allowsOldForm: Bool = false) throws {
    self.name = name
    if allowsOldForm, try storage.beginning(at: address, count: 1, "the header of '\(name)'").first == 1 {
      try readOld(at: address, in: storage)
    } else {
      try readNew(at: address, in: storage)
    }
  }

  private mutating func readOld(at address: Int, in storage: HDF5Storage) throws {
    let what = "the header of '\(name)'"
    // Version, a gap, number of messages, number of names (12 bytes with the size), and a gap of 4 bytes.
    var cursor = HDF5Cursor(try storage.structure(at: address, count: 16, what)[...], of: what)
    _ = try cursor.take(8)
    continuations = [(address + 16, try cursor.count(4))]
    try readContinuations { header, address, count in
      try header.read(try storage.structure(at: address, count: count, what)[...], form: .old)
    }
  }

  private mutating func readNew(at address: Int, in storage: HDF5Storage) throws {
    let beginning = try Beginning(at: address, named: name, in: storage)
    let part = try storage.sealed(
      at: address, count: beginning.count, signature: "OHDR", "the header of '\(name)'")
    guard part.first == 2 else { throw HDF5Damage("the header of '\(name)' has another version than 2") }
    let form = Form.new(hasOrder: beginning.hasOrder)
    try read(part.dropFirst(beginning.prefix - 4), form: form)
    try readContinuations { [name] header, address, count in
      try header.read(
        try storage.sealed(at: address, count: count, signature: "OCHK", "the header of '\(name)'"),
        form: form)
    }
  }

  /// The bodies of the messages of a kind.
  func bodies(_ kind: Kind) -> [ArraySlice<UInt8>] { messages.filter { $0.kind == kind }.map(\.body) }

  /// The body of the only message of a kind; nil where there is none.
  func body(_ kind: Kind) throws(HDF5Damage) -> ArraySlice<UInt8>? {
    let found = bodies(kind)
    guard found.count < 2 else { throw HDF5Damage("the header of '\(name)' says a thing twice") }
    return found.first
  }

  private mutating func read(_ part: ArraySlice<UInt8>, form: Form) throws(HDF5Damage) {
    var cursor = HDF5Cursor(part, of: "the header of '\(name)'")
    // A gap too short for a message may follow the last one.
    while cursor.count >= form.prefixSize {
      let type: UInt8?
      switch form {
      case .old: type = UInt8(exactly: try cursor.number(2))
      case .new: type = try cursor.byte()
      }
      let size = try cursor.count(2)
      let flags = try cursor.byte()
      switch form {
      case .old: _ = try cursor.take(3)
      case .new(let hasOrder): if hasOrder { _ = try cursor.take(2) }
      }
      let body = try cursor.take(size)
      guard let type, let kind = Kind(rawValue: type) else { continue }
      guard flags & 0x02 == 0 else {
        throw HDF5Damage("the header of '\(name)' shares its parts with others")
      }
      guard kind == .continuation else {
        messages.append((kind, body))
        continue
      }
      var place = HDF5Cursor(body, of: "the header of '\(name)'")
      guard let address = try place.address(), continuations.count < Self.continuationLimit else {
        throw HDF5Damage("the header of '\(name)' has too many parts")
      }
      continuations.append((address, try place.count(8)))
    }
  }

  /// Calls `body` with the address and the length of each part, also of those that it finds itself.
  private mutating func readContinuations(_ body: (inout Self, Int, Int) throws -> Void) throws {
    var number = 0
    while number < continuations.count {
      let (address, count) = continuations[number]
      try Self.requireShort(count, name)
      try body(&self, address, count)
      number += 1
    }
  }

  private static func requireShort(_ length: Int, _ name: String) throws(HDF5Damage) {
    guard length <= partLimit else {
      throw HDF5Damage("the header of '\(name)' has \(length) bytes, more than \(partLimit)")
    }
  }
}
