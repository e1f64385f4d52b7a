import Basics
import Training

/// Finds runs in the folder of a tested run, to suggest a comparison after a test.
package enum RunNeighbours {
  /// The largest number of folders that are read, and of folders that are named.
  private static let (looked, named) = (50, 3)

  /// The first tested runs by name, in the same folder, that can be compared with a run.
  /// - Parameter run: a run folder with a test.
  /// - Returns: paths in the same form as `run`: "runs/s1" for "runs/s2". Runs that cannot be read are left out without
  ///   a message.
  package static func comparable(to run: String) -> [String] {
    guard let own = try? ComparedRun(folder: run), own.result != nil,
      let name = own.folder.split(separator: "/").last.map(String.init), name != ".", name != ".."
    else { return [] }
    let parent = Path.folder(of: own.folder)
    let prefix = parent == "." && !own.folder.hasPrefix("./") ? "" : parent == "/" ? "/" : "\(parent)/"
    let names = (try? FileSystem.system.names(in: parent)) ?? []
    let others = names.sorted().filter { $0 != name && !$0.hasPrefix(".") }.map { prefix + $0 }
    let runs = others.filter { PathState.of(RunFolder.summaryPath(in: $0)) == .present(.file) }
      .prefix(looked).compactMap { try? ComparedRun(folder: $0) }
    let alike = runs.filter { other in
      other.result != nil && own.hasLabels(of: other)
        && (try? ComparisonReport([own, other])) != nil
    }
    return alike.prefix(named).map(\.folder)
  }
}
