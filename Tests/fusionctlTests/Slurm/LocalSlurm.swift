import Foundation
import TestSupport
import Testing

/// A real Slurm of several virtual nodes on this machine, of its own for the tests. Its scripts lie outside the
/// repository and are absent on most machines.
final class LocalSlurm: Sendable {
  /// nil, with the reason on standard error, where it is not there or does not start.
  static let shared: LocalSlurm? = {
    do {
      return try LocalSlurm()
    } catch {
      try? FileHandle.standardError.write(contentsOf: Data("no local Slurm: \(error)\n".utf8))
      return nil
    }
  }()

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private static let scripts = TrainedRun.repository.appending(path: "../shared/slurm").standardizedFileURL
  /// Slurm's sockets need a short path.
  private static let folder = "/tmp/fusionctl-slurm-\(getpid())"

  /// What talks to this Slurm and to no other. Ranks are more than cores: those that wait give way.
  private static let environment: [String: String] = {
    let number = Int(getpid())
    return ProcessInfo.processInfo.environment.merging([
      "SLURM_LOCAL_DIR": folder, "SLURM_LOCAL_PORT": "\(20000 + number % 2000 * 20)",
      "SLURM_LOCAL_NET": "198.18.\(100 + number % 150)", "SLURM_LOCAL_CPU_NODES": "6",
      "SLURM_LOCAL_GPU_NODES": "4", "SLURM_LOCAL_MEM_NODES": "2", "SLURM_LOCAL_CRED_EXPIRE": "5",
      "SLURM_CONF": folder + "/etc/slurm.conf", "OMPI_MCA_mpi_yield_when_idle": "1",
    ]) { $1 }
  }()

  private init() throws {
    let start = Self.scripts.appending(path: "start-local-slurm.sh").path
    guard FileManager.default.fileExists(atPath: start) else { throw Failure(description: "no \(start)") }
    let result = try Self.run(["bash", start, "--no-install"])
    guard result.status == 0 else {
      stop()
      throw Failure(description: result.errors + result.output)
    }
    // Tests that end before their time stop nothing.
    let waiting =
      "(while [ -e /proc/\(getpid()) ]; do sleep 1; done; exec \(Self.stopping)) >/dev/null 2>&1 &"
    try succeed(["bash", "-c", waiting])
  }

  func stop() { _ = try? Self.run(["bash", "-c", Self.stopping]) }

  private static let stopping =
    "bash '\(scripts.appending(path: "stop-local-slurm.sh").path)' --purge"

  /// The power of a node goes off: everything on it is gone at once.
  func switchOff(_ node: String) throws {
    try succeed(["bash", Self.scripts.appending(path: "stop-local-slurm.sh").path, "--node", node])
  }

  /// Runs a command of Slurm, which must succeed; returns its output.
  @discardableResult func succeed(_ arguments: [String], in folder: URL? = nil) throws -> String {
    let result = try Self.run(arguments, in: folder)
    try #require(result.status == 0, "\(arguments): \(result.errors)")
    return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Daemons must not hold open what the tests have open: Foundation waits for the end of one of these files, not
  /// for that of the process.
  private static let closingFiles =
    #"for fd in /proc/$$/fd/*; do [ "${fd##*/}" -le 2 ] || eval "exec ${fd##*/}>&-"; done; exec "$@""#

  private static func run(_ arguments: [String], in folder: URL? = nil) throws -> BuiltProgram.Result {
    let scratch = try ScratchFolder()
    let files = [scratch.file("out"), scratch.file("err")]
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["bash", "-c", Self.closingFiles, "bash"] + arguments
    process.environment = environment
    process.currentDirectoryURL = folder ?? TrainedRun.repository
    process.standardInput = FileHandle.nullDevice
    for file in files { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    try process.run()
    process.waitUntilExit()
    let texts = try files.map { try String(contentsOf: $0, encoding: .utf8) }
    return .init(status: process.terminationStatus, output: texts[0], errors: texts[1])
  }

  private let slots = Slots(3)

  /// Runs a scenario when there is room for it: the nodes are virtual, the cores are not.
  func scenario(_ body: () async throws -> Void) async throws {
    await slots.enter()
    defer { Task { await slots.leave() } }
    try await withTaskExecutorPreference(SpareThreads(), operation: body)
  }

  private actor Slots {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { free = count }

    func enter() async {
      guard free == 0 else {
        free -= 1
        return
      }
      await withCheckedContinuation { waiting.append($0) }
    }

    func leave() {
      guard waiting.isEmpty else { return waiting.removeFirst().resume() }
      free += 1
    }
  }
}

/// Stops the Slurm of a suite behind its tests.
struct LocalSlurmTrait: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    defer { LocalSlurm.shared?.stop() }
    try await function()
  }
}

extension Trait where Self == LocalSlurmTrait {
  /// Behind the tests `LocalSlurm.shared` is stopped.
  static var stoppingLocalSlurm: Self { Self() }
}

extension Trait where Self == ConditionTrait {
  /// Tests that need `LocalSlurm.shared`.
  static var localSlurm: Self {
    .enabled("there is no local Slurm (standard error has the reason)") { LocalSlurm.shared != nil }
  }
}
