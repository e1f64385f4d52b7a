#if canImport(Glibc)
  import Glibc
#endif

extension PatchID {
  /// Reads a file name such as `ROIs1158_spring_s2_1_p30.tif`, byte by byte.
  ///
  /// Only such a name is accepted: no folder, no leading zero, no other letter case. A patch id can
  /// therefore never lead out of the data folder.
  /// - Returns: the patch and the kind of file named, or nil.
  package static func parse(_ name: UnsafeRawBufferPointer) -> (patch: PatchID, kind: FileKind)? {
    var scanner = NameScanner(bytes: name)
    guard scanner.skip("ROIs"), let roi = scanner.field(.roi), scanner.skip("_"),
      let season = scanner.season(), scanner.skip("_"),
      let kind = scanner.kind(), scanner.skip("_"),
      let scene = scanner.field(.scene), scanner.skip("_p"),
      let patch = scanner.field(.patch), scanner.skip(".tif"), scanner.isAtEnd
    else { return nil }
    return (PatchID(key: roi | UInt64(season.rawValue) << DigitField.seasonShift | scene | patch), kind)
  }

  /// The patch of a Sentinel-2 file name; nil for every other text.
  @inline(__always)
  static func parse(sentinel2 name: ArraySlice<UInt8>) -> PatchID? {
    name.withUnsafeBytes { name in
      let parsed = parse(name)
      return parsed?.kind == .s2 ? parsed?.patch : nil
    }
  }

  /// Reads a file name such as `ROIs1158_spring_s2_1_p30.tif`; `s1` and `lc` names give the same patch.
  package init?(_ name: some StringProtocol) {
    var name = String(name)
    guard let (patch, _) = name.withUTF8({ Self.parse(UnsafeRawBufferPointer($0)) }) else { return nil }
    self = patch
  }
}

/// Steps through the bytes of a file name.
private struct NameScanner {
  let bytes: UnsafeRawBufferPointer
  var position = 0

  var isAtEnd: Bool { position == bytes.count }

  @inline(__always)
  mutating func skip(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard bytes.count - position >= count,
      memcmp(bytes.baseAddress! + position, text.utf8Start, count) == 0
    else { return false }
    position += count
    return true
  }

  /// A decimal number without leading zeros.
  @inline(__always)
  mutating func field(_ field: DigitField) -> UInt64? {
    let start = position
    while position < bytes.count, 0x30...0x39 ~= bytes[position] { position += 1 }
    let count = position - start
    guard 1...field.digits ~= count, count == 1 || bytes[start] != 0x30 else { return nil }
    return field.encode(UnsafeRawBufferPointer(rebasing: bytes[start..<position]))
  }

  @inline(__always)
  mutating func season() -> Season? {
    if skip("fall") { return .fall }
    if skip("spring") { return .spring }
    if skip("summer") { return .summer }
    if skip("winter") { return .winter }
    return nil
  }

  @inline(__always)
  mutating func kind() -> FileKind? {
    if skip("s2") { return .s2 }
    if skip("s1") { return .s1 }
    if skip("lc") { return .lc }
    return nil
  }
}
