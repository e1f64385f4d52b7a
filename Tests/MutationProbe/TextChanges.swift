/// Changes of files that are text: lists, configurations, and the table of a safetensors file.
extension Mutant {
  private static let controls = [
    "\u{1B}[31m", "\u{0}", "\u{7}", "\r", "\u{85}", "\u{202E}", "\u{FEFF}", "\u{7F}", "\t",
  ]

  mutating func changeList(_ other: [UInt8]) {
    switch below(8) {
    case 0...3: damage(other, head: 200)
    case 4:
      change = "control characters"
      for _ in 0..<1 + below(3) {
        bytes.insert(contentsOf: Array(pick(Self.controls).utf8), at: below(bytes.count))
      }
    case 5:
      change = "words"
      replace(
        pick(["ROIs", "_s2_", ".tif", "spring", "_p", "\n"]),
        with: Array(pick(["", "../", "_s1_", "\r\n", "\n\n", "rois", "0"]).utf8))
    case 6:
      let megabytes = 1 + below(12)
      let unit = pick(["x", "\n", " ", "\u{0}", "ROIs1_fall_s2_1_p1.tif", "é"])
      change = "bomb of \(megabytes) MB of \(unit.debugDescription)"
      let pattern = Array(unit.utf8)
      bytes.reserveCapacity(megabytes << 20)
      for _ in 0..<(megabytes << 20) / pattern.count { bytes += pattern }
    default:
      let count = 1 << (10 + below(9))
      change = "bomb of \(count) patches"
      bytes = []
      for number in 1...count + below(1 << 17) { bytes += Array("ROIs1_fall_s2_1_p\(number).tif\n".utf8) }
    }
  }

  mutating func changeConfiguration(_ other: [UInt8]) {
    let tokens = [
      "&a ", "*a", "[", "]", "{", "}", ",", ": ", "? ", "- ", "'", "\"", "#", "|\n", ">\n", "!!int ", "!",
      "%", "@", "`", "<<: *a",
      "---\n", "...\n", "\t", "\n", "  ", "null", "~", "true", "1e400", "0x10", "-1", "nan", ".inf",
      "99999999999999999999", "\\x1b",
      "\"\\e[31m\"", "\u{1B}[31m", "\u{0}", "\u{7}", "\u{85}", "\u{202E}", "\u{FEFF}", "\u{2028}", "é",
      "*a: 1", "? [*a]\n: 1",
    ]
    switch below(20) {
    case 0...5: damage(other, head: 200)
    case 6...13:
      change = "tokens"
      for _ in 0..<1 + below(3) { bytes.insert(contentsOf: Array(pick(tokens).utf8), at: below(bytes.count)) }
    case 14...16:
      change = "words"
      let words = [
        "epochs", "training", "model", ": ", "\n", "  ", "resnet18", "s2", "[", "]", "true", "0.", "1",
        "data",
      ]
      replace(pick(words), with: Array((chance(30) ? "epochs" : pick(tokens)).utf8))
    case 17:
      change = "aliases that double"
      var text = "a0: &a0 [x, x]\n"
      for level in 1...5 + below(40) { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
      bytes += Array((text + pick(["*a5: 1\n", "? *a5\n: 1\n", "name: *a5\n", "{[*a5]: 1}\n"])).utf8)
    default:
      let count = (1 + below(1200)) << 10
      let unit = pick([
        "x", "[", "{", "? ", "- ", "a,", "\n", "#", "&a ", "*a ", "'", "\\", "\u{0}", "é", "k: 1\n", "- - ",
      ])
      change = "bomb of \(count) bytes of \(unit.debugDescription)"
      let pattern = Array(unit.utf8)
      let bomb = Array(repeating: pattern, count: count / pattern.count).joined()
      bytes.insert(
        contentsOf: Array(pick(["", "name: ", "a: [", "? "]).utf8) + bomb,
        at: chance(50) ? 0 : below(bytes.count))
    }
  }

  mutating func changeSafetensors(_ other: [UInt8]) {
    let length = Int(min(number(at: 0, size: 8), UInt64(max(8, bytes.count) - 8)))
    guard chance(75), length > 2 else { return damage(other, head: 8 + length) }
    if chance(10) {
      change = "header length"
      return set(chance(50) ? UInt64(length + below(9) - 4) : oddNumber(), at: 0, size: 8)
    }
    var header = Mutant(base: base, bytes: Array(bytes[8..<8 + length]), random: random)
    header.changeTable()
    random = header.random
    change = header.change
    bytes = Array(bytes[(8 + length)...])
    bytes.insert(contentsOf: [UInt8](repeating: 0, count: 8) + header.bytes, at: 0)
    set(UInt64(header.bytes.count), at: 0, size: 8)
  }

  private mutating func changeTable() {
    let pieces = [
      "{", "}", "[", "]", ":", ",", "\"", "\\u0000", "\\u001b[31m", "\\ud800", "-1", "1e3", "null", "true",
      "[[]]", "9007199254740993",
      "18446744073709551615", "99999999999999999999", "\"a\":1,", "\u{0}", "\u{1B}[31m", "\u{202E}", "é",
    ]
    switch below(12) {
    case 0...2:
      change = "a number of the table"
      let digits = bytes.indices.filter { 0x30...0x39 ~= bytes[$0] }
      guard !digits.isEmpty else { return }
      for _ in 0..<1 + below(2) {
        let place = pick(digits)
        bytes.replaceSubrange(
          place..<place + 1, with: chance(60) ? Array("\(below(10))".utf8) : Array("\(oddNumber())".utf8))
        return
      }
    case 3...5:
      change = "pieces of the table"
      for _ in 0..<1 + below(3) { bytes.insert(contentsOf: Array(pick(pieces).utf8), at: below(bytes.count)) }
    case 6:
      change = "types of the table"
      replace(
        "F32",
        with: Array(
          pick(["F16", "BF16", "F64", "I64", "U8", "BOOL", "F8_E4M3", "\u{1B}[31m", "", "f32"]).utf8))
    case 7:
      change = "words of the table"
      replace(
        pick(["dtype", "shape", "data_offsets", "__metadata__", "weight"]),
        with: Array(pick(["", "shape", "x", "\\n", "__metadata__"]).utf8))
    case 8:
      let count = (1 + below(8)) << 20
      let unit = pick(["[", "{", "{\"a\":", "x", " ", "\\u0041", "\u{1B}", "1", "[1,"])
      change = "bomb of \(count) bytes of \(unit.debugDescription)"
      let pattern = Array(unit.utf8)
      bytes.insert(
        contentsOf: Array(repeating: pattern, count: count / pattern.count).joined(), at: below(bytes.count))
    case 9:
      let count = 1 << (8 + below(10))
      change = "bomb of \(count) empty tensors"
      let entries = (0..<count).map { "\"t\($0)\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}," }
        .joined()
      bytes.insert(contentsOf: Array(entries.utf8), at: 1)
    default: damage(bytes, head: 100)
    }
  }
}
