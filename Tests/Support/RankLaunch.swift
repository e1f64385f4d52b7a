import Foundation

/// A program of the package under `mpirun`, run to its end.
package struct RankLaunch {
  package let status: Int32
  package let output: String
  /// Lines of standard error.
  package let errors: [String]
  package let seconds: Double
  /// Numbers of the run's processes that were still running after its end.
  package let left: [String]

  /// - Parameters:
  ///   - commands: each with its number of ranks, the program and its arguments.
  ///   - environment: variables added to the environment of the tests.
  ///   - limit: seconds after which the run is ended, with status 124.
  ///   - usesLauncher: false to start the first command by itself.
  package init(
    _ commands: [(ranks: Int, words: [String])], environment: [String: String] = [:], limit: Int = 300,
    usesLauncher: Bool = true
  ) throws {
    let scratch = try ScratchFolder()
    let mark = UUID().uuidString
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    let parts = commands.map { ["-n", "\($0.ranks)"] + $0.words }
    process.arguments =
      ["-C", scratch.url.path, "timeout", "--kill-after=5", "\(limit)"]
      + (usesLauncher
        ? ["mpirun", "--bind-to", "none", "--oversubscribe"] + parts.joined(separator: [":"])
        : commands[0].words)
    process.environment = BuiltProgram.environment
      .merging(["OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "RANK_RUN": mark]) {
        $1
      }
      .merging(environment) { $1 }
    let (output, errors) = (scratch.file("out"), scratch.file("err"))
    for file in [output, errors] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    let begin = ContinuousClock.now
    try process.run()
    process.waitUntilExit()
    seconds = (ContinuousClock.now - begin) / .seconds(1)
    status = process.terminationStatus
    self.output = try String(contentsOf: output, encoding: .utf8)
    self.errors = try String(contentsOf: errors, encoding: .utf8).split(separator: "\n").map(String.init)
    left = Self.processes(marked: mark)
  }

  /// The error lines of fusionctl.
  package var complaints: [String] { errors.filter { $0.hasPrefix("fusionctl: ") } }

  /// Numbers of the processes with the mark in their environment. A process that has ended has no environment.
  private static func processes(marked mark: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.filter { name in
      guard Int(name) != nil, let environment = FileManager.default.contents(atPath: "/proc/\(name)/environ")
      else { return false }
      return String(decoding: environment, as: UTF8.self).contains("RANK_RUN=\(mark)")
    }
  }

  /// Whether the build has MPI and `mpirun` is in the PATH.
  package static var isPossible: Bool {
    #if MPI
      return (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
        FileManager.default.isExecutableFile(atPath: "\($0)/mpirun")
      }
    #else
      return false
    #endif
  }
}
