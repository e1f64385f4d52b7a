import Basics
import Experiments
import Imagery

/// The targets of the patches of a run. `labels.empty` decides about patches without any class.
struct PatchLabels {
  let patches: [Split: LabelledPatches]
  let notes: [String]

  /// - Parameters:
  ///   - catalogue: the catalogue with the label fractions of every patch.
  ///   - source: path of the label folder, for the error.
  /// - Throws: `InputError` (data) when patches have no class and `labels.empty` is `error`.
  init(_ lists: [Split: [Int]], _ experiment: Experiment, _ catalogue: Catalogue, source: String) throws {
    let (scheme, type) = (experiment.classScheme, experiment.labelType)
    func hasClass(_ patch: Int) -> Bool { scheme.hasClass(catalogue.fractions(of: patch), type) }
    let all = lists.sorted { $0.key.rawValue < $1.key.rawValue }.flatMap(\.value)
    let empty = all.filter { !hasClass($0) }.sorted()
    let policy = experiment.labels.effectiveEmpty
    let used =
      policy == .exclude && !empty.isEmpty ? lists.mapValues { $0.filter(hasClass) } : lists
    patches = used.mapValues { patches in
      let targets = patches.flatMap { experiment.target(of: $0, catalogue) }
      return LabelledPatches(patches: patches, classes: scheme.classCount, targets: targets)
    }
    guard let first = empty.first.map(catalogue.id) else {
      notes = []
      return
    }
    let names = firstNames(empty.prefix(3).map(catalogue.id)) + (empty.count > 3 ? ", …" : "")
    let reason =
      switch type {
      case .multiLabel(let threshold): "no fraction reaches labels.threshold \(threshold)"
      case .singleLabel: "all fractions are 0"
      }
    let text =
      "\(empty.count) of \(counted(all.count, "patch", plural: "patches")) without any class (\(reason))"
    switch policy {
    case .exclude: notes = ["left out \(text): \(names); labels.empty: keep uses them"]
    case .keep: notes = ["used \(text): \(names); labels.empty: exclude leaves them out"]
    case .error:
      throw InputError(
        .data, source, "found \(text): \(names)",
        remedy:
          "leave \(empty.count == 1 ? "\(first)" : "them") out of the lists, or set labels.empty to exclude or keep"
      )
    }
  }
}

extension Experiment {
  /// The target `[K]` of a patch.
  func target(of patch: Int, _ catalogue: Catalogue) -> [Float] {
    classScheme.target(catalogue.fractions(of: patch), labelType)
  }
}

extension Catalogue {
  /// The fractions of a patch that has a label.
  fileprivate func fractions(of patch: Int) -> ArraySlice<Double> {
    guard let fractions = labels?[patch] else { preconditionFailure("\(id(patch)) has no label") }
    return fractions
  }
}
