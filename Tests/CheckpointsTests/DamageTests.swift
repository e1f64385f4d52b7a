import Basics
import Checkpoints
import Foundation
import TestSupport
import Testing

/// Damage anywhere in a checkpoint is found before any of its content is used.
@Suite struct DamageTests {
  private let folder: ScratchFolder
  private let path: String
  private let whole: [UInt8]

  init() throws {
    folder = try ScratchFolder()
    path = folder.file("c.h5").path
    var checkpoint = SampleCheckpoint.make()
    // The file is kept small, so that reading it a thousand times stays quick.
    checkpoint.metadata["long"] = nil
    try checkpoint.write(to: path)
    whole = try Array(Data(contentsOf: folder.file("c.h5")))
    try FileManager.default.createDirectory(at: folder.file("checkpoints"), withIntermediateDirectories: true)
    try checkpoint.write(to: store.previousPath)
  }

  /// A run folder in which the damaged file is the last checkpoint.
  private var store: CheckpointStore { CheckpointStore(runFolder: folder.path) }

  private func expectDamage(_ bytes: [UInt8], _ what: String) throws {
    try Data(bytes).write(to: folder.file("c.h5"))
    do {
      _ = try CheckpointFile(path: path)
      Issue.record("\(what) was not noticed")
    } catch let error as InputError {
      #expect(error.kind == .checkpoint && error.subject == path, "\(what): \(error)")
    }
    let store = store
    try Data(bytes).write(to: URL(filePath: store.lastPath))
    let newest = try #require(try store.openNewest())
    #expect(newest.file.path == store.previousPath, "\(what)")
    #expect(newest.warning?.hasPrefix("\(store.lastPath): ") == true, "\(what)")
  }

  @Test func truncationAtEverySize() throws {
    for part in 0..<60 { try expectDamage(Array(whole.prefix(whole.count * part / 60)), "truncation") }
    for cut in 1...8 { try expectDamage(whole.dropLast(cut), "truncation by \(cut)") }
    try expectDamage(whole + [0], "a byte too many")
  }

  @Test func everySingleBitFlip() throws {
    var random = RandomStream(seed: 11)
    let bits =
      (0..<512).map { $0 * 8 + Int($0) % 8 } + (0..<1000).map { _ in random.integer(below: whole.count * 8) }
    for bit in bits {
      var damaged = whole
      damaged[bit / 8] ^= 1 << (bit % 8)
      try expectDamage(damaged, "a flip of bit \(bit % 8) of byte \(bit / 8)")
    }
  }

  @Test func zeroedAndSwappedBlocks() throws {
    for start in stride(from: 0, to: whole.count - 1024, by: 1024) {
      var damaged = whole
      damaged.replaceSubrange(start..<start + 512, with: whole[(start + 512)..<(start + 1024)])
      damaged.replaceSubrange(start + 512..<start + 1024, with: whole[start..<(start + 512)])
      if damaged != whole { try expectDamage(damaged, "swapped blocks at \(start)") }
    }
  }

  @Test func failingReadsAreErrors() throws {
    var reached = 0
    for failing in 0..<200 {
      let faulty = FaultyFileSystem(failing: failing, code: EIO)
      do {
        let file = try CheckpointFile(path: path, files: faulty.files)
        _ = try SampleCheckpoint.digest(file)
        #expect(faulty.failed == nil, "the failing call \(failing) went unnoticed")
        break
      } catch let error as InputError {
        reached += 1
        #expect(
          error.problem
            == "could not \(faulty.failed!.split(separator: " ")[0]) (\(SystemFault.reason(EIO)))")
        // A failing read is no damage: another try may succeed.
        #expect(error.kind == .environment && error.subject == path)
      }
    }
    #expect(reached > 10 && reached < 200)
  }
}
