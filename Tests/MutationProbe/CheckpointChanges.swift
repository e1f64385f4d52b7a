/// Changes of checkpoints: damage, and forgeries with a correct seal and digest.
extension Mutant {
  mutating func changeCheckpoint(_ other: [UInt8]) {
    guard chance(60) else { return damage(other, head: 4096) }
    isResealed = true
    let marks = ["OHDR", "FRHP", "FHDB", "BTHD", "BTLF", "TREE", "HEAP", "SNOD", "FSHD", "GCOL", "OCHK"]
    let structures = marks.flatMap { occurrences(of: Array($0.utf8)) }
    switch below(10) {
    case 0, 1:
      damage(other, head: 4096)
      if bytes.count < 600 { isResealed = false }
    case 2, 3:
      let start = 512 + below(160)
      change = "a number of the superblock"
      set(oddNumber(), at: start, size: pick([1, 2, 4, 8]))
    case 4...8:
      change = "a number of the structure"
      for _ in 0..<1 + below(3) {
        let start = structures.isEmpty ? 512 + below(bytes.count - 512) : pick(structures)
        let place = start + below(chance(70) ? 64 : 600)
        if chance(30), place < bytes.count {
          bytes[place] ^= 1 << UInt8(below(8))
        } else {
          set(oddNumber(), at: place, size: pick([1, 2, 4, 8]))
        }
      }
    default:
      change = "words of the structure"
      let words = [
        "parameters", "buffers", "experiment", "metadata", "progress", "schema_version", "name", "model",
        "seed", "weight",
      ]
      let word = pick(words)
      let new = pick(["\u{1B}[31m", "\u{0}", "experiment", "..", "/", "x"])
      replace(word, with: Array(Array((new + word).utf8).prefix(word.utf8.count)))
    }
    change = "forged: \(change)"
  }
}
