import Foundation

/// Runs the built program from a script of bash, with limits, redirections and traps of the shell.
package enum ShellRun {
  /// Runs a script to its end, in a temporary folder. The variable `$program` is the path of the program.
  /// - Parameter limit: seconds after which the script is ended, with status 124.
  package static func run(
    _ script: String, environment: [String: String] = [:], limit: Int = 300
  ) throws -> BuiltProgram.Result {
    let scratch = try ScratchFolder()
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "-C", scratch.url.path, "timeout", "--kill-after=5", "\(limit)", "bash", "-c", script,
    ]
    process.environment = BuiltProgram.environment.merging(["program": BuiltProgram.url.path]) {
      $1
    }
    .merging(environment) { $1 }
    let (output, errors) = (scratch.file("shell.out"), scratch.file("shell.err"))
    for file in [output, errors] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    return BuiltProgram.Result(
      status: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8))
  }
}
