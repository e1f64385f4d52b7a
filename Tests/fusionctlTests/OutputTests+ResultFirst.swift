import Foundation
import TestSupport
import Testing

/// A result that was computed is told, whatever becomes of the files that should keep it.
extension OutputTests {
  /// A run that a test may spoil: the summary and the best checkpoint of the common one.
  private struct SpoiltRun {
    let folder: URL
    var summary: URL { folder.appending(path: "summary.json") }
    let testing: [String]
    /// What the test of it prints.
    let expected: String
  }

  private func spoiltRun() throws -> SpoiltRun {
    let folder = scratch.file("run")
    let checkpoints = folder.appending(path: "checkpoints")
    try FileManager.default.createDirectory(at: checkpoints, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: run.folder.file("run/summary.json"), to: folder.appending(path: "summary.json"))
    let checkpoint = checkpoints.appending(path: "best.h5").path
    try FileManager.default.linkItem(atPath: run.checkpoint, toPath: checkpoint)
    let testing = ["test", "--checkpoint", checkpoint, "--threads", "1"] + run.data
    return SpoiltRun(
      folder: folder, testing: testing, expected: try TrainedRun.succeed(testing + ["--quiet"]))
  }

  /// Runs the program from a shell; its output goes to the shell's.
  private func shell(
    _ script: String, _ arguments: [String]
  ) throws -> (status: Int32, output: String, errors: [String]) {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-c", script, BuiltProgram.url.path] + arguments
    let files = [scratch.file("out"), scratch.file("err")]
    for file in files { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    try process.run()
    process.waitUntilExit()
    let texts = try files.map { try String(contentsOf: $0, encoding: .utf8) }
    return (process.terminationStatus, texts[0], texts[1].split(separator: "\n").map(String.init))
  }

  @Test(arguments: ["{", "", "{\"name\": 3}"]) func aDamagedSummary(content: String) throws {
    let copy = try spoiltRun()
    try Data(content.utf8).write(to: copy.summary)
    let result = try BuiltProgram.run(copy.testing + ["--quiet"])
    #expect(result.status == 1 && result.output == copy.expected)
    let warning =
      "fusionctl: warning: \(copy.summary.path): the result is not noted there: not the summary of a run"
    #expect(result.errors.hasPrefix(warning) && result.errors.count { $0 == "\n" } == 1, "\(result.errors)")
    #expect(try String(contentsOf: copy.summary, encoding: .utf8) == content, "it is not overwritten")
  }

  /// A limit of file sizes stands for a full disk: none of predictions, summary and the run's own predictions fit.
  @Test func noRoomForAnything() throws {
    let copy = try spoiltRun()
    let before = try Data(contentsOf: copy.summary)
    let predictions = scratch.file("p.csv")
    let result = try shell(
      // Output and errors go through pipes, which the limit does not concern.
      """
      trap '' XFSZ; set -o pipefail
      { { (ulimit -f 0; exec "$0" "$@") 2>&1 >&3 3>&- | cat >&2; } 3>&1 | cat; }
      """,
      copy.testing + ["--quiet", "--predictions", predictions.path])
    #expect(result.status == 1 && result.output == copy.expected)
    #expect(
      result.errors.count == 3 && result.errors.allSatisfy { $0.contains("warning: ") }, "\(result.errors)")
    for (error, path) in zip(
      result.errors,
      [predictions.path, copy.summary.path, copy.folder.appending(path: "predictions/test.csv").path])
    {
      #expect(error.contains(path), "\(error)")
    }
    #expect(try Data(contentsOf: copy.summary) == before)
    #expect(!FileManager.default.fileExists(atPath: predictions.path))
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "needs /dev/full"))
  func noRoomForTheOutput() throws {
    let copy = try spoiltRun()
    let predictions = scratch.file("p.csv")
    let result = try shell(
      "exec \"$0\" \"$@\" >/dev/full",
      copy.testing + ["--quiet", "--json", "--predictions", predictions.path])
    #expect(result.status == 1)
    #expect(
      result.errors == [
        "fusionctl: standard output: cannot be written (no space left on the device, errno 28)"
      ])
    #expect(try String(contentsOf: predictions, encoding: .utf8).split(separator: "\n").count == 5)
    #expect(try JSON(contentsOf: copy.summary).tests.array.count == 1)
    for arguments in [
      ["compare", copy.folder.path], ["plan", "--config", run.configuration, "--size", "32"],
      ["stats", "--config", run.configuration, "--quiet"] + run.data,
      ["inspect", copy.folder.appending(path: "checkpoints/best.h5").path],
      ["bench", "--only", "optimizer", "--quiet", "--repeats", "1", "--config", run.configuration],
    ] {
      let other = try shell("exec \"$0\" \"$@\" >/dev/full", arguments)
      #expect(other.status == 1 && other.errors == result.errors, "\(arguments): \(other.errors)")
    }
  }

  /// The run of a colleague: nothing was asked to be written there.
  @Test func aRunThatMayNotBeWrittenTo() throws {
    let copy = try spoiltRun()
    let before = try Data(contentsOf: copy.summary)
    // Root may write anywhere, so another user tests.
    let script =
      geteuid() == 0
      ? "exec setpriv --reuid=64321 --regid=64321 --clear-groups \"$0\" \"$@\""
      : "chmod 555 '\(copy.folder.path)'; \"$0\" \"$@\"; status=$?; chmod 755 '\(copy.folder.path)'; exit $status"
    let result = try shell(script, copy.testing)
    #expect(result.status == 0 && result.output == copy.expected, "\(result.errors)")
    #expect(
      result.errors.last
        == "note: \(copy.folder.path) may not be written to: the result is not noted in its summary.json")
    #expect(try Data(contentsOf: copy.summary) == before)
  }

  @Test(.enabled(if: RankLaunch.isPossible, "needs mpirun")) func ranksAgreeOnTheStatus() throws {
    let copy = try spoiltRun()
    try Data("{".utf8).write(to: copy.summary)
    // Standard output of a rank looks like a terminal, and is none.
    let launch = try RankLaunch(
      [(2, [BuiltProgram.url.path] + copy.testing + ["--quiet"])], environment: ["TERM": "xterm"])
    #expect(launch.status == 1 && launch.output == copy.expected && launch.left.isEmpty)
    #expect(launch.complaints.count == 1 && launch.complaints[0].contains("the result is not noted there"))
  }
}
