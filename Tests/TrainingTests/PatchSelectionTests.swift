import Foundation
import RunSupport
import TestSupport
import Testing

@testable import Basics
@testable import Experiments
@testable import Imagery
@testable import SEN12MS
@testable import Training

/// Which patches of its lists a run uses: `data.seasons`, `data.missing`, `data.limit`.
@Suite struct PatchSelectionTests {
  private var run: SmallRun
  private let scratch: ScratchFolder

  init() throws {
    run = try SmallRun()
    scratch = try ScratchFolder()
    run.experiment.training.optimizer = .sgd
  }

  private func list(_ split: Split) throws -> [PatchID] {
    try LabelFolder(URL(filePath: run.session.labels!)).requiredList(split).patches
  }

  /// A season as configurations have it.
  private func setting(_ season: Season) throws -> DataSettings.Season {
    try #require(DataSettings.Season(rawValue: season.name))
  }

  private func file(_ patch: PatchID, _ kind: FileKind) -> URL {
    DataFolder(URL(filePath: run.data)).file(patch, kind)
  }

  private func patches(_ splits: PatchSplits, _ split: Split) -> [PatchID] {
    splits[split].patches.map { PatchID(splits.catalogue.id($0))! }
  }

  @Test mutating func otherSeasonsAreLeftOutOfAllSplits() throws {
    let all = try Split.allCases.map(list)
    let season = try #require(all[0].first).season
    run.experiment.data.seasons = [try setting(season)]
    // A list without that season is refused where the run needs it, and tells what it has.
    let others = Set(all[1].map(\.season)).subtracting([season])
    try #require(others.count == 1)
    let error = #expect(throws: InputError.self) { try run.splits([.train, .validation]) }
    #expect(error?.problem == "none of its 4 patches is of \(season.name) (data.seasons)")
    #expect(error?.remedy == "name a season that it has: \(others.first!.name)")

    let splits = try run.splits([.train])
    #expect(patches(splits, .train) == all[0].filter { $0.season == season }.sorted())
    let gone = all[0].count { $0.season != season }
    #expect(gone > 0 && splits.leftOut[.otherSeason, .train] == gone)
    #expect(
      splits.notes == [
        "left out \(gone) of 12 patches of other seasons than \(season.name) (data.seasons): \(gone) of train_list"
      ])
    // Scenes are held out among those of the season.
    run.experiment.data.validation = .byScene
    run.experiment.data.seasons = try Set(all[0].map(\.season)).map(setting)
    #expect(
      try patches(run.splits([.train, .validation]), .validation).allSatisfy { $0.season != others.first! })
  }

  @Test mutating func absentFilesAreSkippedWhenAskedFor() throws {
    let (train, test) = (try list(.train).sorted(), try list(.test).sorted())
    try FileManager.default.removeItem(at: file(train[0], .s1))
    try FileManager.default.removeItem(at: file(train[1], .s2))
    try FileManager.default.removeItem(at: file(test[0], .s1).deletingLastPathComponent())
    #expect(throws: InputError.self) { try run.splits([.train, .validation]) }

    run.experiment.data.missing = .skip
    let splits = try run.splits([.train, .validation])
    #expect(patches(splits, .train) == Array(train[2...]))
    #expect(splits.leftOut[.absentFile, .train] == 2 && splits.leftOut[.absentFile, .validation] == 0)
    #expect(splits.leftOut[.absentFile, .test] == 4 && splits.leftOut.total(.absentFile) == 6)
    let first = train[0].relativePath(.s1)
    #expect(
      splits.notes == [
        "left out 2 of 16 patches whose files are absent (data.missing is skip; first \(first)): 2 of train_list, "
          + "0 of val_list"
      ])
    // Nothing is left of the test.
    let error = #expect(throws: InputError.self) { try run.splits([.test]) }
    #expect(error?.subject == run.data && error?.problem.hasSuffix("absent are 4 of s1, 0 of s2") == true)
    // A network that does not see Sentinel-1 needs no such file.
    run.experiment.model = .init(architecture: .resnet18, sensors: ["s2"])
    #expect(try run.splits([.train])[.train].patches.count == 11)
  }

  /// What is there and cannot be read is no absence.
  @Test(arguments: ["dangling", "circle", "folder", "folder behind a link"])
  mutating func whatIsBrokenIsNotSkipped(kind: String) throws {
    run.experiment.data.missing = .skip
    let broken = file(try list(.train)[0], .s1)
    let place = kind == "folder behind a link" ? broken.deletingLastPathComponent() : broken
    try FileManager.default.removeItem(at: place)
    switch kind {
    case "folder": try FileManager.default.createDirectory(at: place, withIntermediateDirectories: false)
    case "circle": #expect(symlink(place.lastPathComponent, place.path) == 0)
    default: #expect(symlink("/nowhere/at/all", place.path) == 0)
    }
    let error = #expect(throws: InputError.self) { try run.splits([.train, .validation]) }
    #expect(error?.kind == .data && error?.subject == place.path, "\(error?.description ?? "")")
  }

  @Test mutating func theLimitIsThatOfTheSeed() throws {
    let whole = try run.splits([.train, .validation, .test])
    run.experiment.data.limit = 6
    let some = try run.splits([.train, .validation, .test])
    #expect(patches(some, .train).count == 6 && patches(some, .validation).count == 2)
    #expect(Set(patches(some, .train)).isSubset(of: patches(whole, .train)))
    #expect(patches(some, .test) == patches(whole, .test))
    #expect(some.leftOut[.overLimit, .train] == 6 && some.leftOut.total(.overLimit) == 8)
    #expect(
      some.notes == [
        "data.limit is 6: uses 6 of 12 training patches and 2 of 4 validation patches, drawn by data.split_seed so "
          + "that classes keep their shares"
      ])
    // The same patches for a validation alone, and whatever the order of the list is.
    #expect(try patches(run.splits([.validation]), .validation) == patches(some, .validation))
    try list(.train).reversed().map { "\($0)\n" }.joined().write(
      toFile: "\(run.session.labels!)/train_list.txt", atomically: true, encoding: .utf8)
    try FileManager.default.removeItem(atPath: "\(run.session.labels!)/train_list.pkl")
    #expect(try patches(run.splits([.train]), .train) == patches(some, .train))
    run.experiment.data.splitSeed = 1
    #expect(try patches(run.splits([.train]), .train) != patches(some, .train))
    run.experiment.data.limit = 12
    #expect(try run.splits([.train, .validation]).notes.isEmpty)
  }

  /// A run goes on with the patches that it was begun with.
  @Test mutating func aRunKeepsItsPatches() throws {
    run.experiment.training.batchSize = 3
    run.experiment.data.limit = 6
    run.experiment.data.missing = .skip
    _ = try run.train(in: "run")
    run.experiment.training.epochs = 2
    for change: (inout Experiment) -> Void in [
      { $0.data.limit = nil }, { $0.data.missing = .fail }, { $0.data.seasons = [.fall, .spring, .summer] },
    ] {
      var other = run
      change(&other.experiment)
      let error = #expect(throws: InputError.self) { try other.train(in: "run") }
      #expect(
        error?.kind == .usage && error?.subject.hasPrefix("data.") == true, "\(error?.description ?? "")")
    }
    try FileManager.default.removeItem(at: file(patches(run.splits([.train]), .train)[0], .s2))
    let error = #expect(throws: InputError.self) { try run.train(in: "run") }
    #expect(error?.kind == .data && error?.problem.contains("training list (now ") == true)
  }
}
