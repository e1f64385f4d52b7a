import Basics
import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite struct CheckpointStoreTests {
  private func damage(_ path: String) throws {
    var bytes = try Data(contentsOf: URL(filePath: path))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(filePath: path))
  }

  @Test func lastPreviousAndBest() throws {
    let folder = try ScratchFolder()
    let store = CheckpointStore(runFolder: folder.path)
    #expect(try store.openNewest() == nil)
    for epoch in 1...3 {
      try store.save(SampleCheckpoint.make(epoch: epoch))
      if epoch == 2 { try store.markLastAsBest() }
    }
    let newest = try #require(try store.openNewest())
    #expect(newest.file.contents.progress.epoch == 3 && newest.warning == nil)
    #expect(try CheckpointFile(path: store.previousPath).contents.progress.epoch == 2)
    #expect(try CheckpointFile(path: store.bestPath).contents.progress.epoch == 2)
    let names = try FileManager.default.contentsOfDirectory(atPath: store.folder).sorted()
    #expect(names == ["best.h5", "last.h5", "previous.h5"])
  }

  @Test func damagedLastFallsBackToThePreviousOneAndDoesNotPushItOut() throws {
    let folder = try ScratchFolder()
    let writer = CheckpointStore(runFolder: folder.path)
    for epoch in 1...2 { try writer.save(SampleCheckpoint.make(epoch: epoch)) }
    try damage(writer.lastPath)
    let store = CheckpointStore(runFolder: folder.path)
    let newest = try #require(try store.openNewest())
    #expect(newest.file.contents.progress.epoch == 1)
    let warning = try #require(newest.warning)
    #expect(warning.hasPrefix("\(store.lastPath): is damaged") && warning.hasSuffix(store.previousPath))
    try store.save(SampleCheckpoint.make(epoch: 2))
    #expect(try CheckpointFile(path: store.previousPath).contents.progress.epoch == 1)
    #expect(try CheckpointFile(path: store.lastPath).contents.progress.epoch == 2)
    // The same with a store that has not read `last` before.
    try damage(store.lastPath)
    try CheckpointStore(runFolder: folder.path).save(SampleCheckpoint.make(epoch: 5))
    #expect(try CheckpointFile(path: store.previousPath).contents.progress.epoch == 1)
  }

  @Test func missingLastFallsBackAndTwoDamagedAreAnError() throws {
    let folder = try ScratchFolder()
    let store = CheckpointStore(runFolder: folder.path)
    for epoch in 1...2 { try store.save(SampleCheckpoint.make(epoch: epoch)) }
    try FileManager.default.removeItem(atPath: store.lastPath)
    let newest = try #require(try store.openNewest())
    #expect(newest.file.contents.progress.epoch == 1)
    #expect(newest.warning?.contains("last.h5: does not exist") == true)
    try damage(store.previousPath)
    let error = #expect(throws: InputError.self) { try store.openNewest() }
    #expect(error?.kind == .checkpoint && error?.problem.contains("previous.h5 is damaged") == true)
  }

  /// Whatever call fails while a checkpoint is saved, either the old or the new state can be read afterwards.
  @Test func everyFailingCallLeavesAReadableState() throws {
    func states(_ epochs: Int...) throws -> [[String]] {
      try epochs.map { epoch in
        let folder = try ScratchFolder()
        try SampleCheckpoint.make(epoch: epoch).write(to: folder.file("c.h5").path)
        return try SampleCheckpoint.digest(CheckpointFile(path: folder.file("c.h5").path))
      }
    }
    let allowed = try states(2, 3)
    var kinds: Set<String> = []
    let calls = try withEveryCallFailing(
      prepare: { folder in
        let store = CheckpointStore(runFolder: folder.path)
        for epoch in 1...2 { try store.save(SampleCheckpoint.make(epoch: epoch)) }
      },
      action: { folder, files in
        let store = CheckpointStore(runFolder: folder.path, files: files)
        try store.save(SampleCheckpoint.make(epoch: 3))
        try store.markLastAsBest()
      },
      check: { folder, error, failed in
        let call = String(failed.split(separator: " ")[0])
        kinds.insert(call)
        let store = CheckpointStore(runFolder: folder.path)
        let newest = try #require(try store.openNewest())
        let state = try SampleCheckpoint.digest(newest.file)
        #expect(newest.warning == nil && allowed.contains(state), "after a failing \(failed)")
        if let error {
          #expect(error.kind == .environment && error.description.contains("errno 28"), "\(error)")
          #expect(error.subject.hasPrefix(folder.path))
        } else {
          // Only calls that clean up or look at the old file may fail without an error.
          #expect(["list", "remove", "open", "read", "close", "link"].contains(call), "\(failed)")
        }
        // The next save works and leaves no other files.
        try store.save(SampleCheckpoint.make(epoch: 4))
        #expect(try #require(try store.openNewest()).file.contents.progress.epoch == 4)
        let left = try FileManager.default.contentsOfDirectory(atPath: store.folder)
        #expect(Set(left).isSubset(of: ["last.h5", "previous.h5", "best.h5"]), "\(left) after \(failed)")
      })
    #expect(calls > 40)
    #expect(
      kinds.isSuperset(of: ["create", "open", "write", "truncate", "sync", "close", "rename", "link", "read"])
    )
  }
}
