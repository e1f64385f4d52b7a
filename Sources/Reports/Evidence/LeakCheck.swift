import Basics
import Imagery
import Metrics

/// Whether the network may have seen the evaluated patches, or their neighbours, in its training.
struct LeakCheck {
  /// What was found, the gravest first.
  enum Finding: Equatable {
    /// Evaluated patches are training patches themselves.
    case samePatches(Int)
    /// Evaluated patches lie in clusters (scenes) that training patches come from.
    case sharedPlaces(patches: Int, places: Int)
    /// The lists of the experiment are known to share scenes, which could not be counted here.
    case knownLists
    /// The result is better than labels with errors allow as a rule.
    case tooGood
  }

  let findings: [Finding]
  /// Whether the patches of the training were looked at. Without them only signs can be found.
  let hasTraining: Bool
  /// Positions of the evaluated patches in clusters of training patches.
  let shared: [Int]

  /// The patches on which a network was trained.
  struct TrainingPatches {
    let ids: Set<String>
    /// Names of their clusters; empty where the data set names none.
    let places: Set<String>
  }

  /// A main figure from which on a result is suspected.
  static let suspicious = 0.99
  /// So few patches may all be right by chance.
  private static let fewestPatches = 50

  /// - Parameters:
  ///   - figure: the main figure of the table, micro-F1 or accuracy.
  ///   - training: nil where the data are gone.
  ///   - sharesPlaces: whether the experiment takes lists that are known to share scenes.
  init(_ table: PredictionTable, figure: Double, training: TrainingPatches?, sharesPlaces: Bool) {
    var (findings, shared): ([Finding], [Int]) = ([], [])
    if let training {
      let same = table.ids.count { training.ids.contains($0) }
      if same > 0 { findings.append(.samePatches(same)) }
      shared = table.ids.indices.filter {
        !table.clusters[$0].isEmpty && training.places.contains(table.clusters[$0])
      }
      let places = Set(shared.map { table.clusters[$0] })
      if !shared.isEmpty { findings.append(.sharedPlaces(patches: shared.count, places: places.count)) }
    } else if sharesPlaces {
      findings.append(.knownLists)
    }
    if figure >= Self.suspicious, table.count >= Self.fewestPatches { findings.append(.tooGood) }
    (self.findings, self.shared, hasTraining) = (findings, shared, training != nil)
  }
}
