import Foundation

/// Runs the built `fusionctl` as a user does.
package enum BuiltProgram {
  package struct Result: Sendable {
    package let status: Int32
    package let output: String
    package let errors: String

    package init(status: Int32, output: String, errors: String) {
      self.status = status
      self.output = output
      self.errors = errors
    }
  }

  /// The environment of the tests, but with a UTF-8 locale and without the user's settings of colours and width. The
  /// program computes on the CPU, also where there is a GPU.
  package static let environment: [String: String] = {
    var environment = ProcessInfo.processInfo.environment
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "COLUMNS"] { environment[name] = nil }
    environment["LC_ALL"] = "C.UTF-8"
    environment["CUDA_VISIBLE_DEVICES"] = ""
    return environment
  }()

  /// The executable `fusionctl` in the build folder of the tests.
  package static let url = url(of: "fusionctl")

  /// An executable of the package in the build folder of the tests.
  package static func url(of name: String) -> URL {
    var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    while folder.path != "/" {
      let candidate = folder.appending(path: name)
      if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
      folder.deleteLastPathComponent()
    }
    preconditionFailure("the built \(name) was not found above \(CommandLine.arguments[0])")
  }

  /// Starts the program and does not wait for its end. Output goes to the given files.
  package static func start(
    _ arguments: [String], environment: [String: String] = [:], output: URL, errors: URL
  ) throws -> Process {
    let process = Process()
    process.executableURL = url
    process.arguments = arguments
    process.environment = Self.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    for file in [output, errors] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    return process
  }

  /// Runs the program to its end.
  package static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Result {
    let scratch = try ScratchFolder()
    let output = scratch.file("out")
    let errors = scratch.file("err")
    let process = try start(arguments, environment: environment, output: output, errors: errors)
    process.waitUntilExit()
    return Result(
      status: process.terminationReason == .uncaughtSignal
        ? -process.terminationStatus : process.terminationStatus,
      output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8))
  }

  /// The most memory that a running process has held so far, in bytes; nil for one that has ended.
  package static func peakBytes(of process: Process) -> Int? {
    let path = "/proc/\(process.processIdentifier)/status"
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { 1024 * $0 }
  }
}
