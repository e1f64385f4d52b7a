import Basics
import Experiments
import Foundation
import Imagery
import SEN12MS

/// The lists and labels of a label folder, as far as they can be read.
struct DataSetLists {
  /// The user's experiment, or the defaults with the validation that suits the lists.
  let experiment: Experiment
  /// The patches of each split that exists.
  let patches: [Split: [PatchID]]
  /// The class fractions; nil where there is no label file, or none that can be read.
  let table: LabelTable?
  /// Whether labels come from land cover maps, because there is no label file.
  let usesLandCover: Bool
  let hasTestList: Bool
  let leaks: [SplitOverlap]
  /// Why the splits of the experiment cannot be made, and why labels cannot be read.
  let problems: [InputError]
  let notes: [String]

  /// - Throws: `InputError` (data) when the system does not say which files exist.
  init(_ folder: LabelFolder, _ experiment: Experiment?, in data: DataFolder) throws {
    var wanted = experiment ?? Experiment()
    if experiment == nil, try folder.listFile(.validation) != nil { wanted.data.validation = .list }
    self.experiment = wanted
    hasTestList = try folder.listFile(.test) != nil

    var problems: [InputError] = []
    func attempt<Result>(_ body: () throws -> Result?) throws -> Result? {
      do {
        return try body()
      } catch let error as InputError {
        if !problems.contains(error) { problems.append(error) }
        return nil
      }
    }
    let selected = try attempt {
      try wanted.plan(of: folder, in: data, wanted: [.train, .validation])
    }
    let plan = selected?.plan
    var lists: [Split: [PatchID]] = [:]
    for split in Split.allCases {
      if let plan {
        if split != .test || hasTestList { lists[split] = plan[split] }
      } else {
        lists[split] = try attempt { try folder.list(split)?.patches.sorted() }
      }
    }
    leaks = plan?.sceneLeaks ?? []
    let labelFile = try attempt { try folder.labelFile }
    usesLandCover = try folder.labelFile == nil
    let table = try attempt { try labelFile.map(LabelTable.init(contentsOf:)) }
    self.table = table
    if let plan, let limit = wanted.data.limit, let table,
      table.unlabelled(of: plan.train + plan.validation).isEmpty
    {
      let limited = PatchLimit(
        limit: limit, training: plan.train.count, validation: plan.validation.count,
        seed: wanted.data.splitSeed
      ).applied(to: lists.filter { $0.key != .test }) { patch in
        guard let fractions = table[patch] else { preconditionFailure("\(patch) has no label") }
        return wanted.classScheme.target(fractions, wanted.labelType)
      }
      lists.merge(limited) { $1 }
    }
    patches = lists
    self.problems = problems
    let damaged = plan.map { $0.damagedLeftOut > 0 } ?? false
    notes =
      (selected?.notes ?? [])
      + (damaged ? ["left out \(PatchID.damaged), which is damaged in the published data set"] : [])
  }
}
