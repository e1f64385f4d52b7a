import Foundation
import Testing

/// A job of the local Slurm.
struct SlurmJob: Sendable {
  let id: String
  let log: URL

  init(id: String, log: URL) {
    self.id = id
    self.log = log
  }

  /// Submits a script from the top of the repository.
  init(_ script: String, _ flags: [String] = [], in scratch: URL) throws {
    let name = UUID().uuidString
    let file = scratch.appending(path: "\(name).sbatch")
    try script.write(to: file, atomically: true, encoding: .utf8)
    log = scratch.appending(path: "\(name).log")
    id = try Self.slurm.succeed(["sbatch", "--parsable", "--output", log.path] + flags + [file.path])
  }

  private static var slurm: LocalSlurm {
    get throws { try #require(LocalSlurm.shared) }
  }

  var text: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

  /// What Slurm knows of the job: `JobState`, `Restarts`, `ExitCode`, `NodeList` …
  var details: [String: String] {
    get throws {
      let fields = try Self.slurm.succeed(["scontrol", "show", "job", "-o", id]).split(separator: " ")
      return Dictionary(
        fields.compactMap { field in
          let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
          return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
        }, uniquingKeysWith: { first, _ in first })
    }
  }

  var nodes: [String] {
    get throws {
      try Self.slurm.succeed(["scontrol", "show", "hostnames", details["NodeList"] ?? ""])
        .split(separator: "\n").map(String.init)
    }
  }

  /// A signal to the job script, as `--signal=B:` has Slurm send it.
  func signalScript(_ name: String) throws {
    try Self.slurm.succeed(["scancel", "--signal=\(name)", "--batch", id])
  }

  /// Waits until Slurm has done with the job; returns what it knows then.
  @discardableResult func end(within seconds: Double = 480) async throws -> [String: String] {
    var last: [String: String] = [:]
    try await until("job \(id) ends", within: seconds) {
      last = try details
      return ["COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY"].contains(
        last["JobState"])
    }
    return last
  }

  /// Waits until the job's log holds a text.
  func says(_ text: String, within seconds: Double = 300) async throws {
    try await until("the log says '\(text)'", within: seconds) { self.text.contains(text) }
  }

  /// Waits for something that the job does.
  func until(_ what: String, within seconds: Double, _ condition: () throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(seconds)
    while try !condition() {
      guard ContinuousClock.now < end else {
        throw LocalSlurm.Failure(description: "\(what): not within \(seconds) s; the log:\n\(text)")
      }
      try await Task.sleep(for: .milliseconds(100))
    }
  }
}
