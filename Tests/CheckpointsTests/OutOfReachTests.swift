import Basics
import Checkpoints
import Foundation
import TestSupport
import Testing

/// A checkpoint that exists but cannot be read is an error: no other checkpoint is used instead.
@Suite struct OutOfReachTests {
  private let folder: ScratchFolder
  private let store: CheckpointStore

  init() throws {
    folder = try ScratchFolder()
    store = CheckpointStore(runFolder: folder.path)
    for epoch in 1...2 {
      try store.save(SampleCheckpoint.make(epoch: epoch))
      if epoch == 1 { try store.markLastAsBest() }
    }
  }

  enum Obstacle: String, CaseIterable, Sendable {
    case circle, brokenLink, pipe, folder

    var words: String {
      switch self {
      case .circle: "could not look at (its links lead in a circle, errno 40)"
      case .brokenLink: "to /absent/file, which is not there"
      case .pipe: "is not a regular file"
      case .folder: "is a folder, not a file"
      }
    }

    func put(at path: String) throws {
      try FileManager.default.removeItem(atPath: path)
      switch self {
      case .circle: try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: path)
      case .brokenLink:
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/absent/file")
      case .pipe: try #require(mkfifo(path, 0o600) == 0)
      case .folder: try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
      }
    }
  }

  @Test(arguments: Obstacle.allCases, [true, false])
  func somethingElseHasTheName(obstacle: Obstacle, ofLast: Bool) throws {
    let path = ofLast ? store.lastPath : store.previousPath
    try obstacle.put(at: path)
    let error = try #require(throws: InputError.self) { try store.openNewest() }
    #expect(error.kind == .environment && error.subject == path)
    #expect(error.problem.hasSuffix(obstacle.words), "\(error)")
    let remedies = ["put the file back", "--init-from \(store.bestPath)", "--overwrite"]
    let places = remedies.map { error.remedy?.range(of: $0)?.lowerBound }
    #expect(places.allSatisfy { $0 != nil } && places.compactMap { $0 } == places.compactMap { $0 }.sorted())
    try obstacle.put(at: store.bestPath)
    #expect(throws: InputError.self) { try store.hasBest() }
    let without = try #require(throws: InputError.self) { try store.openNewest() }
    #expect(without.remedy?.contains("--init-from") == false, "\(without)")
  }

  /// Whatever error the system gives for whatever call, `previous` is not used instead.
  @Test(arguments: [EACCES, EIO, ESTALE, EMFILE, ENOTDIR], ["look at", "open", "read"])
  func theSystemRefuses(code: Int32, refused: String) throws {
    let last = store.lastPath
    let files = FileSystem { call, path in call.rawValue == refused && path == last ? code : 0 }
    let error = try #require(throws: InputError.self) {
      try CheckpointStore(runFolder: folder.path, files: files).openNewest()
    }
    #expect(error.kind == .environment && error.subject == last)
    #expect(error.problem.contains(SystemFault.reason(code)), "\(error)")
    #expect(try store.openNewest()?.warning == nil)
  }

  @Test func aCheckpointOfANewerProgramIsNoDamage() throws {
    let whole = try Array(Data(contentsOf: URL(filePath: store.lastPath)))
    try AtomicFile.write(to: store.lastPath) { file in
      try whole.withUnsafeBytes { try file.write($0, at: 0) }
      try FileSeal.close(file, schema: FileSeal.schema + 1)
    }
    let error = try #require(throws: InputError.self) { try store.openNewest() }
    #expect(error.problem.hasPrefix("has schema version"), "\(error)")
    #expect(error.remedy?.contains("use a newer fusionctl") == true, "\(error)")
  }

  @Test func whatBecameOfTheBest() throws {
    func loss(of epoch: Int, finished: Int = 2) throws -> String? {
      try store.lossOfBest(epoch: epoch, finished: finished)
    }
    #expect(try loss(of: 1) == nil)
    #expect(try loss(of: 2) == "\(store.bestPath): holds epoch 1, but the best is epoch 2")
    // `best` is of epoch 2 while the run has finished 1 epoch: the run was further before.
    try store.markLastAsBest()
    #expect(try loss(of: 1, finished: 1) == nil)
    try FileManager.default.removeItem(atPath: store.bestPath)
    #expect(try loss(of: 2) == "\(store.bestPath): does not exist" && !store.hasBest())
    try Data("no checkpoint".utf8).write(to: URL(filePath: store.bestPath))
    #expect(try loss(of: 2)?.contains("is not a fusionctl checkpoint") == true)
    try Obstacle.brokenLink.put(at: store.bestPath)
    #expect(throws: InputError.self) { try loss(of: 2) }
  }

  @Test func removalTakesWhatAStoreWrote() throws {
    try "mine".write(toFile: "\(store.folder)/mine.h5", atomically: true, encoding: .utf8)
    try store.removeAll()
    #expect(try FileManager.default.contentsOfDirectory(atPath: store.folder) == ["mine.h5"])
    try FileManager.default.removeItem(atPath: "\(store.folder)/mine.h5")
    try store.removeAll()
    #expect(PathState.of(store.folder) == .absent)
    try FileManager.default.createSymbolicLink(
      atPath: store.folder, withDestinationPath: folder.file("gone").path)
    try store.removeAll()
    try store.save(SampleCheckpoint.make(epoch: 3))
    #expect(try store.openNewest()?.file.contents.progress.epoch == 3)
  }

  @Test func foldersAreListedOrTheReasonIsSaid() throws {
    #expect(
      try FileSystem.system.names(in: store.folder).sorted() == ["best.h5", "last.h5", "previous.h5"])
    for (path, code) in [(store.lastPath, ENOTDIR), (folder.file("absent").path, ENOENT)] {
      let error = try #require(throws: InputError.self) { try FileSystem.system.names(in: path) }
      #expect(error.problem == "could not list (\(SystemFault.reason(code)))" && error.subject == path)
    }
  }
}
