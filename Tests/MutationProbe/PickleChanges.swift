/// Changes of pickles: instructions, lengths, and small files that describe large values.
extension Mutant {
  private static let opcodes: [UInt8] =
    Array("().012FGIJKLMNPQRSTUVX]abcdeghijlopqrstu}".utf8)
    + Array(0x80...0x98)

  mutating func changePickle(_ other: [UInt8]) {
    switch below(25) {
    case 0...12: damage(other, head: 300)
    case 13...16:
      change = "instructions"
      for _ in 0..<1 + below(4) { bytes[below(bytes.count)] = pick(Self.opcodes) }
    case 17, 18:
      change = "instructions more"
      for _ in 0..<1 + below(4) { bytes.insert(pick(Self.opcodes), at: below(bytes.count)) }
    case 19, 20: insertSnippet()
    case 21:
      change = "words"
      let words = [
        "f8", "O8", "numpy", "multiarray", "_reconstruct", "ndarray", "dtype", "latin1", "scalar", "spring",
        "ROIs", "s2", ".tif", "<", "OrderedDict",
      ]
      let others = [
        "f4", "f2", "i8", "O", "U9999", "S1", "V8", ">", "posix", "system", "winter", "s1", "../..",
        "\u{1B}[31m", "eval", "",
      ]
      replace(pick(words), with: Array(pick(others).utf8))
    case 22, 23:
      change = "a length"
      let place = below(bytes.count)
      set(oddNumber(), at: place, size: pick([1, 2, 4, 8]))
    default: pickleBomb()
    }
  }

  private mutating func insertSnippet() {
    change = "a snippet"
    let snippets: [[UInt8]] = [
      [0x8D] + [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0x8E] + [UInt8](repeating: 0xFF, count: 8),
      [0x8B, 0xFF, 0xFF, 0xFF, 0x7F], [0x95] + [UInt8](repeating: 0xFF, count: 8), [0x42, 0, 0, 0, 0x80],
      Array("cposix\nsystem\n".utf8), Array("cbuiltins\neval\n".utf8),
      Array("r\u{7F}\u{7F}\u{7F}\u{7F}".utf8),
      Array("j\u{1}\u{0}\u{0}\u{0}".utf8), Array("(((((((".utf8), Array("2222".utf8), Array("]]]]".utf8),
      Array("I9999999999999999999999\n".utf8), Array("L-1L\n".utf8), Array("F1e999\n".utf8),
      Array("Fnan\n".utf8),
      Array("S'\\x1b[31m'\n".utf8), Array("V\\u001b\\ud800\n".utf8), [0x8A, 0xFF],
      Array("G\u{7F}".utf8) + [0xF0, 0, 0, 0, 0, 0, 0],
      Array("p99999999\n".utf8), Array("0".utf8), Array("1".utf8), [0x94, 0x94], Array("N".utf8), [0x80, 9],
    ]
    bytes.insert(contentsOf: pick(snippets), at: below(bytes.count))
  }

  /// Replaces the file by megabytes of one repeated unit that costs the reader time or memory.
  private mutating func pickleBomb() {
    let megabytes = 1 + below(7)
    let count = megabytes << 20
    let unit = pick([
      "]", "}", ")", "(", "N", "2", "K\u{1}", "]0", "(1", "]2a", "I7\n", "F0.5\n", "(dp7\n", "]p3\n",
      "\u{94}", "(l", "M\u{1}\u{1}0", "Vx\n", "h\u{0}",
    ])
    change = "bomb of \(megabytes) MB of \(unit.debugDescription)"
    let pattern = unit.unicodeScalars.map { UInt8($0.value) }
    var file: [UInt8] = [0x80, 4] + Array("]\u{71}\u{0}(".unicodeScalars.map { UInt8($0.value) })
    if chance(20) {
      // As many valid entries as fit, all with the same values.
      change = "bomb of \(megabytes) MB of patches"
      file = [0x80, 4] + Array("}(".utf8) + Array("](".utf8)
      for _ in 0..<17 { file += [UInt8(ascii: "G"), 0x3F, 0xB0, 0, 0, 0, 0, 0, 0] }
      file += Array("eq\u{0}0".unicodeScalars.map { UInt8($0.value) })
      let name = Array("ROIs1_fall_s2_1_p".utf8)
      for number in 1...count / 64 {
        let key = name + Array("\(number).tif".utf8)
        file += [0x8C, UInt8(key.count)] + key + [UInt8(ascii: "h"), 0]
      }
      file += Array("u.".utf8)
    } else {
      for _ in 0..<count / pattern.count { file += pattern }
      file += Array(pick(["e.", "t.", ".", "u.", "l."]).utf8)
    }
    bytes = file
  }
}
