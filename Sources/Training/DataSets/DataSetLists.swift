import Foundation
import SEN12MS
import Tensors

/// The lists and labels of a label folder, as far as they can be read.
struct DataSetLists {
  /// The configuration, or the defaults with the validation that suits the lists.
  let experiment: Experiment
  /// The patches of each split that there is.
  let patches: [Split: [PatchID]]
  /// The class fractions; nil where there is no label file, or none that can be read.
  let table: LabelTable?
  /// Whether labels come from land cover maps, because there is no label file.
  let usesLandCover: Bool
  let hasTestList: Bool
  let leaks: [SceneLeak]
  /// Why the splits of the experiment cannot be made, and why labels cannot be read.
  let problems: [InputError]
  let notes: [String]

  /// - Throws: `InputError` (data) when the system does not say what is there.
  init(_ folder: LabelFolder, _ experiment: Experiment?) throws {
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
    let plan = try attempt { try PatchLists.plan(wanted, folder, wanted: [.train, .validation]) }
    var lists: [Split: [PatchID]] = [:]
    for split in Split.allCases {
      if let plan {
        if split != .test || hasTestList { lists[split] = plan[split] }
      } else {
        lists[split] = try attempt { try folder.list(split)?.patches.sorted() }
      }
    }
    patches = lists
    leaks = plan?.sceneLeaks ?? []
    let labelFile = try attempt { try folder.labelFile }
    usesLandCover = try folder.labelFile == nil
    table = try attempt { try labelFile.map(LabelTable.init(contentsOf:)) }
    self.problems = problems
    let damaged = plan.map { $0.damagedLeftOut > 0 } ?? false
    notes =
      (plan?.notes ?? [])
      + (damaged ? ["left out \(PatchID.damaged), which is damaged in the published data set"] : [])
  }
}
