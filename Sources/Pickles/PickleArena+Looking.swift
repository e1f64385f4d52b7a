/// Access to values: their kind, their content and their children.
extension PickleArena {
  package func kind(_ value: PickleValue) -> Kind {
    switch value.place {
    case .constant: value == .none ? .none : .bool
    case .global: .global
    case .file: opcode(value.index).kind
    case .decoded: Kind(rawValue: decoded[value.index])!
    case .tuple: .tuple
    case .container: containers[value.index].isDict ? .dict : .list
    case .int: .int
    case .float, .littleEndianFloat: .float
    case .dtype: .dtype
    case .array: .array
    case .name: .global
    case .call: .call
    case .persistent: .persistent
    }
  }

  /// Number of items of a tuple or list; twice the number of entries of a dict.
  package func count(_ value: PickleValue) -> Int {
    switch value.place {
    case .tuple: Int(children[value.index])
    case .container: Int(containers[value.index].count)
    case .constant, .global, .file, .decoded, .int, .float, .littleEndianFloat, .dtype, .array, .name, .call,
      .persistent:
      0
    }
  }

  package func int(_ value: PickleValue) -> Int? {
    switch value.place {
    case .int: Int(Int64(bitPattern: numbers[value.index]))
    case .file: fileInt(value.index)
    case .constant, .global, .decoded, .tuple, .container, .float, .littleEndianFloat, .dtype, .array, .name,
      .call, .persistent:
      nil
    }
  }

  /// An int or a float as a double; nil for other kinds.
  package func double(_ value: PickleValue) -> Double? {
    switch value.place {
    case .float: return Double(bitPattern: numbers[value.index])
    case .littleEndianFloat: return Double(bitPattern: load(UInt64.self, at: value.index))
    case .file where opcode(value.index) == .binFloat:
      return Double(bitPattern: load(UInt64.self, at: value.index + 1).byteSwapped)
    default: return int(value).map(Double.init)
    }
  }

  func global(_ value: PickleValue) -> PickleGlobal? {
    value.place == .global ? PickleGlobal(rawValue: UInt8(value.index)) : nil
  }

  /// One of the names that the use of the pickle allows: `torch.FloatStorage`. nil for other values, and for a name that
  /// is ignored.
  package func name(_ value: PickleValue) -> String? {
    value.place == .name && value.index != Self.ignoredName ? names[value.index] : nil
  }

  /// A call that was not carried out: what is called, and the tuple of arguments.
  package func call(_ value: PickleValue) -> (callee: PickleValue, arguments: PickleValue)? {
    value.place == .call
      ? (PickleValue(bits: children[value.index]), PickleValue(bits: children[value.index + 1])) : nil
  }

  /// What a reference to something outside the pickle says of it.
  package func persistentID(_ value: PickleValue) -> PickleValue? {
    value.place == .persistent ? PickleValue(bits: children[value.index]) : nil
  }

  /// A bool; nil for other kinds.
  package func bool(_ value: PickleValue) -> Bool? {
    value.place == .constant && value != .none ? value.index == 2 : nil
  }

  func dtype(_ value: PickleValue) -> NumPyType? { value.place == .dtype ? dtypes[value.index] : nil }

  /// The content of an array; nil for other kinds, and for an array that has none yet.
  package func array(_ value: PickleValue) -> ArrayContent? {
    value.place == .array ? arrays[value.index] : nil
  }

  /// The UTF-8 of a text; nil for other kinds.
  ///
  /// Escapes are decoded only in texts of up to 1,000 bytes: a longer text is no name of a patch.
  package func text(_ value: PickleValue) -> ArraySlice<UInt8>? {
    guard kind(value) == .text || kind(value) == .byteString else { return nil }
    let written = content(value)
    guard isEscaped(value), written.count <= 1000 else { return written }
    var utf8: [UInt8] = []
    var escapes = RawUnicodeEscape(written)
    while let scalar = escapes.next() { utf8 += UTF8.encode(scalar)! }
    return utf8[...]
  }

  /// Whether a text in the file must be decoded from Python's raw-unicode-escape.
  func isEscaped(_ value: PickleValue) -> Bool {
    value.place == .file && opcode(value.index) == .unicode && !RawUnicodeEscape.isPlain(content(value))
  }

  /// The content of bytes, or of a string of Python 2; nil for other kinds.
  package func data(_ value: PickleValue) -> ArraySlice<UInt8>? {
    kind(value) == .bytes || kind(value) == .byteString ? content(value) : nil
  }

  /// The stored content of a text or of bytes; escapes are not decoded.
  func content(_ value: PickleValue) -> ArraySlice<UInt8> {
    guard value.place == .decoded else { return file[run(at: value.index)] }
    let start = value.index + Self.textHeader
    let count = decoded[value.index + 1..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
    return decoded[start..<start + count]
  }

  /// The children of a tuple, a list, or a dict (key, value, key, value …), one level deep.
  package func items(_ value: PickleValue) -> [PickleValue] {
    if value.place == .tuple {
      let start = value.index + 1
      return children[start..<start + count(value)].map(PickleValue.init(bits:))
    }
    guard value.place == .container else { return [] }
    var items: [PickleValue] = []
    items.reserveCapacity(count(value))
    var segment = containers[value.index].head
    while segment != Self.noSegment {
      let run = segments[Int(segment)]
      items += children[Int(run.start)..<Int(run.start + run.count)].lazy.map(PickleValue.init(bits:))
      segment = run.next
    }
    return items
  }

  /// Item `position` of a tuple.
  func item(_ position: Int, of tuple: PickleValue) -> PickleValue {
    PickleValue(bits: children[tuple.index + 1 + position])
  }

  // MARK: Values that stand in the file

  private func opcode(_ offset: Int) -> PickleOpcode { PickleOpcode(rawValue: file[offset])! }

  private func load<T: FixedWidthInteger>(_ type: T.Type, at offset: Int) -> T {
    file.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: type)) }
  }

  private func fileInt(_ offset: Int) -> Int? {
    switch opcode(offset) {
    case .binInt1: return Int(file[offset + 1])
    case .binInt2: return Int(load(UInt16.self, at: offset + 1))
    case .binInt: return Int(load(Int32.self, at: offset + 1))
    case .long1: return long(file[offset + 2..<offset + 2 + Int(file[offset + 1])])
    case .long4: return long(file[offset + 5..<offset + 5 + Int(load(Int32.self, at: offset + 1))])
    default: return nil
    }
  }

  /// A two's-complement integer of at most eight bytes, least byte first.
  private func long(_ bytes: ArraySlice<UInt8>) -> Int {
    var value: UInt64 = bytes.last.map { $0 >= 0x80 } == true ? .max : 0
    for byte in bytes.reversed() { value = value << 8 | UInt64(byte) }
    return Int(Int64(bitPattern: value))
  }

  /// The range of the bytes of the text whose instruction is at `offset`.
  private func run(at offset: Int) -> Range<Int> {
    switch opcode(offset) {
    case .shortBinUnicode, .shortBinBytes, .shortBinString:
      return offset + 2..<offset + 2 + Int(file[offset + 1])
    case .binUnicode, .binBytes, .binString:
      return offset + 5..<offset + 5 + Int(load(UInt32.self, at: offset + 1))
    case .binUnicode8, .binBytes8, .byteArray8:
      return offset + 9..<offset + 9 + Int(load(UInt64.self, at: offset + 1))
    case .unicode: return offset + 1..<file[offset...].firstIndex(of: 0x0A)!
    case .string: return offset + 2..<file[offset...].firstIndex(of: 0x0A)! - 1
    default: preconditionFailure("no text begins at byte \(offset)")
    }
  }
}

extension PickleOpcode {
  /// The kind of the value that this instruction makes; the value stays in the file.
  fileprivate var kind: PickleArena.Kind {
    switch self {
    case .binInt, .binInt1, .binInt2, .long1, .long4: .int
    case .binFloat: .float
    case .unicode, .binUnicode, .shortBinUnicode, .binUnicode8: .text
    case .binBytes, .shortBinBytes, .binBytes8, .byteArray8: .bytes
    case .string, .binString, .shortBinString: .byteString
    default: preconditionFailure("\(self) makes no value that stays in the file")
    }
  }
}
