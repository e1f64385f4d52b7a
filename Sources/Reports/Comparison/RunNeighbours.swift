import Basics
import Training

/// Runs that lie beside another, for what to do after a test.
package enum RunNeighbours {
  /// Folders that are looked at, and that are named.
  private static let (looked, named) = (50, 3)

  /// Tested runs in the same folder whose figures can stand beside those of a run, the first by name.
  /// - Parameter run: a run folder with a test.
  /// - Returns: paths like that of the run: "runs/s1" for "runs/s2". What cannot be read is left out, for nobody
  ///   has asked for it.
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
