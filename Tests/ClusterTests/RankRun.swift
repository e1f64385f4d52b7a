import TestSupport

/// The probe under `mpirun`.
struct RankRun {
  private let launch: RankLaunch

  /// - Parameters:
  ///   - words: the case and its times.
  ///   - variables: the variables that a launcher would set, for a process started without mpirun; nil starts mpirun.
  init(_ words: String..., ranks: Int = 1, variables: [String: String]? = nil) throws {
    launch = try RankLaunch(
      [(ranks, [BuiltProgram.url(of: "RankProbe").path] + words)], environment: variables ?? [:],
      usesLauncher: variables == nil)
  }

  var status: Int32 { launch.status }
  var output: String { launch.output }
  /// Lines of the probe on standard error.
  var errors: [String] { launch.complaints }
  var seconds: Double { launch.seconds }
  /// Processes of the run that have not ended.
  var left: [String] { launch.left }

  static var isPossible: Bool { RankLaunch.isPossible }
}
