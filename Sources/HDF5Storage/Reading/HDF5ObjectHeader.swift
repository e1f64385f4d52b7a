/// The description of a group or a data set: a list of HDF5 messages (object header, version 2).
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
  }

  /// The longest part of a header that is read, bytes; parts in checkpoints have a few hundred.
  private static let partLimit = 1 << 20
  private static let continuationLimit = 64

  /// The name of the object in error messages.
  let name: String
  private var messages: [(kind: Kind, body: ArraySlice<UInt8>)] = []
  /// Addresses and lengths of the parts still to be read.
  private var continuations: [(address: Int, count: Int)] = []

  /// Reads the header at an address.
  init(at address: Int, named name: String, in storage: HDF5Storage) throws {
    self.name = name
    // At most 34 bytes come before the messages: signature, version and flags (6), four times (16), two
    // limits (4) and a size (8).
    let beginning = try storage.beginning(at: address, count: 34, "the header of '\(name)'")
    var cursor = HDF5Cursor(beginning.dropFirst(5), of: "the header of '\(name)'")
    let flags = try cursor.byte()
    _ = try cursor.take((flags & 0x20 == 0 ? 0 : 16) + (flags & 0x10 == 0 ? 0 : 4))
    let length = try cursor.count(1 << Int(flags & 3))
    let prefix = beginning.count - cursor.count
    try Self.requireShort(length, name)
    let part = try storage.sealed(
      at: address, count: prefix + length + 4, signature: "OHDR", "the header of '\(name)'")
    guard part.first == 2 else { throw HDF5Damage("the header of '\(name)' has another version than 2") }
    let hasOrder = flags & 0x04 != 0
    try read(part.dropFirst(prefix - 4), hasOrder: hasOrder)
    var number = 0
    while number < continuations.count {
      let (address, count) = continuations[number]
      try Self.requireShort(count, name)
      try read(
        try storage.sealed(at: address, count: count, signature: "OCHK", "the header of '\(name)'"),
        hasOrder: hasOrder)
      number += 1
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

  private mutating func read(_ part: ArraySlice<UInt8>, hasOrder: Bool) throws(HDF5Damage) {
    var cursor = HDF5Cursor(part, of: "the header of '\(name)'")
    let prefix = hasOrder ? 6 : 4
    // A gap too short for a message may follow the last one.
    while cursor.count >= prefix {
      let type = try cursor.byte()
      let size = try cursor.count(2)
      let flags = try cursor.byte()
      if hasOrder { _ = try cursor.take(2) }
      let body = try cursor.take(size)
      guard let kind = Kind(rawValue: type) else { continue }
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

  private static func requireShort(_ length: Int, _ name: String) throws(HDF5Damage) {
    guard length <= partLimit else {
      throw HDF5Damage("the header of '\(name)' has \(length) bytes, more than \(partLimit)")
    }
  }
}
