import Foundation
import TestSupport
import Testing

/// The probe under `mpirun`.
struct RankRun {
  let status: Int32
  let output: String
  /// Lines of the probe on standard error.
  let errors: [String]
  let seconds: Double
  /// Processes that are still there.
  let left: [String]

  /// - Parameters:
  ///   - words: the case and its times.
  ///   - variables: a launch by hand, without mpirun, as a launcher would set them; nil for mpirun.
  init(_ words: String..., ranks: Int = 1, variables: [String: String]? = nil) throws {
    let scratch = try ScratchFolder()
    let process = Process()
    let mark = UUID().uuidString
    let probe = [BuiltProgram.url(of: "RankProbe").path] + words
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
      ["-C", scratch.url.path, "timeout", "--kill-after=5", "90"]
      + (variables == nil ? ["mpirun", "--bind-to", "none", "--oversubscribe", "-n", "\(ranks)"] : []) + probe
    process.environment = ProcessInfo.processInfo.environment
      .merging(["OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "RANK_RUN": mark]) {
        $1
      }
      .merging(variables ?? [:]) { $1 }
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
      .filter { $0.hasPrefix("fusionctl: ") }
    left = Self.processes(marked: mark)
  }

  /// The environment of a process tells which run started it; a process that has ended has none.
  private static func processes(marked mark: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.filter { name in
      guard Int(name) != nil, let environment = FileManager.default.contents(atPath: "/proc/\(name)/environ")
      else { return false }
      return String(decoding: environment, as: UTF8.self).contains("RANK_RUN=\(mark)")
    }
  }

  /// Whether `mpirun` can be tried; a build without MPI cannot.
  static var isPossible: Bool {
    #if MPI
      return (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
        FileManager.default.isExecutableFile(atPath: "\($0)/mpirun")
      }
    #else
      return false
    #endif
  }
}
