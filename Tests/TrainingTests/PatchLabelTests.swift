import Testing

@testable import Basics
@testable import Experiments
@testable import Imagery
@testable import Metrics
@testable import SEN12MS
@testable import Training

@Suite struct PatchLabelTests {
  /// Patch 1 is half forest, patch 2 shows a little of ten classes, patches 3 to 6 show nothing.
  private let patches = (1...6).map { PatchID(roi: 1158, season: .fall, scene: 2, patch: $0) }
  private let catalogue: Catalogue

  init() {
    let shares: [[Int: Double]] = [[0: 0.5], Dictionary(uniqueKeysWithValues: (0..<10).map { ($0, 0.02) })]
    var catalogue = Catalogue(patches)
    catalogue.labels = Labels(
      classes: 17,
      patches.map { patch in
        let share = patch.patch <= 2 ? shares[patch.patch - 1] : [:]
        return (0..<17).map { share[$0] ?? 0 }[...]
      })
    self.catalogue = catalogue
  }

  private func label(_ type: ClassificationTask, _ empty: LabelSettings.EmptyLabels?) throws -> PatchLabels {
    var experiment = Experiment()
    experiment.labels.type = type
    experiment.labels.scheme = "full"
    experiment.labels.empty = empty
    return try PatchLabels([.train: Array(patches.indices)], experiment, catalogue, source: "labels")
  }

  @Test(
    arguments: [
      (
        ClassificationTask.multi, nil, 6,
        "used 5 of 6 patches without any class (no fraction reaches labels.threshold 0.1): "
      ),
      (.multi, .exclude, 1, "left out 5 of 6 patches without any class"),
      (.single, nil, 2, "left out 4 of 6 patches without any class (all fractions are 0): "),
      (.single, .keep, 6, "used 4 of 6 patches without any class"),
    ] as [(ClassificationTask, LabelSettings.EmptyLabels?, Int, String)])
  func patchesWithoutClasses(
    type: ClassificationTask, empty: LabelSettings.EmptyLabels?, used: Int, note: String
  ) throws {
    let labels = try label(type, empty)
    let split = try #require(labels.patches[.train])
    #expect(split.patches == Array(0..<used) && split.targets.count == 17 * used)
    #expect(labels.notes.count == 1 && labels.notes[0].hasPrefix(note), "\(labels.notes)")
    let named = patches.dropFirst(type == .multi ? 1 : 2).prefix(3).map(\.description).joined(separator: ", ")
    #expect(labels.notes[0].contains(": \(named), …; labels.empty: "), "\(labels.notes)")
    if type == .single { #expect(split.targets.reduce(0, +) == Float(used)) }
  }

  @Test func anErrorNamesThem() throws {
    let error = #expect(throws: InputError.self) { try label(.single, .error) }
    #expect(error?.subject == "labels" && error?.kind == .data)
    #expect(
      error?.problem.contains("found 4 of 6 patches without any class (all fractions are 0): \(patches[2])")
        == true)
    var full = Experiment()
    full.labels.empty = .error
    #expect(try PatchLabels([.test: [0]], full, catalogue, source: "labels").notes.isEmpty)
  }

  /// A configuration that does not say leaves it to the type of the labels.
  @Test func theDefaultFollowsTheType() throws {
    #expect(try Experiment(yaml: "name: a").labels.empty == nil)
    #expect(try Experiment(yaml: "labels: {empty: keep}").labels.empty == .keep)
    #expect(try Experiment(yaml: "labels: {type: single}").labels.effectiveEmpty == .exclude)
    #expect(throws: InputError.self) { try Experiment(yaml: "labels: {empty: drop}") }
  }
}
