import Foundation

/// A launcher that starts this program on several ranks, to see whether they find each other.
struct LaunchTrial {
  enum Outcome: Equatable {
    case works(String)
    case absent
    case fails(String)
  }

  private let launcher: String
  private let flags: [String]

  /// Seconds after which a launch is taken for stuck.
  private static let patience = 60

  init(_ launcher: String, _ flags: [String]) {
    self.launcher = launcher
    self.flags = flags
  }

  /// The launcher as a user would type it.
  var name: String { launcher == "srun" ? "srun --mpi=pmix" : launcher }

  var remedy: String {
    if launcher == "srun" { return "list the MPI types of Slurm with: srun --mpi=list; or use mpirun" }
    return geteuid() == 0 && ProcessInfo.processInfo.environment["OMPI_ALLOW_RUN_AS_ROOT"] == nil
      ? "export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1, or work as another user"
      : "use the mpirun of the MPI library that the program was built with"
  }

  func run() -> Outcome {
    guard let path = Self.path(of: launcher) else { return .absent }
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments =
      flags + [Self.program, "doctor", "--json", "--only", Doctor.Check.launch.rawValue]
    process.standardInput = FileHandle.nullDevice
    // Files, not pipes: a rank that is left over would keep a pipe open.
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "fusionctl-doctor-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let (output, errors) = (folder.appending(path: "out"), folder.appending(path: "err"))
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for file in [output, errors] { try Data().write(to: file) }
      process.standardOutput = try FileHandle(forWritingTo: output)
      process.standardError = try FileHandle(forWritingTo: errors)
      try process.run()
    } catch {
      return .fails("could not be started (\(error.localizedDescription))")
    }
    let guardian = Self.end(process, after: Self.patience)
    process.waitUntilExit()
    let wasStuck = !guardian.cancel()
    if process.terminationStatus == 0, process.terminationReason == .exit,
      let said = try? Data(contentsOf: output),
      let report = try? JSONDecoder().decode(Report.self, from: said), let finding = report.findings.first
    {
      return .works(finding.text)
    }
    guard !wasStuck else { return .fails("did not end within \(Self.patience) s") }
    return .fails(Self.reason((try? String(contentsOf: errors, encoding: .utf8)) ?? ""))
  }

  private struct Report: Decodable { let findings: [Finding] }

  private static var program: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments
      .first ?? "fusionctl"
  }

  private static func path(of name: String) -> String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// The line of the output that gives the reason: the line of this program, else the first line with letters.
  private static func reason(_ text: String) -> String {
    let lines = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    return lines.first { $0.hasPrefix("fusionctl: ") }.map { String($0.dropFirst("fusionctl: ".count)) }
      ?? lines.first { $0.contains { $0.isLetter } } ?? "ended without a message"
  }

  /// Ends a process that does not end by itself.
  private static func end(_ process: Process, after seconds: Int) -> Guardian {
    let guardian = Guardian()
    let id = process.processIdentifier
    Thread.detachNewThread {
      guard guardian.waits(seconds) else { return }
      kill(id, SIGTERM)
      if guardian.waits(10) { kill(id, SIGKILL) }
    }
    return guardian
  }

  private final class Guardian: Sendable {
    private let done = DispatchSemaphore(value: 0)
    private let fired = DispatchSemaphore(value: 0)

    /// Whether `seconds` passed before `cancel` was called.
    func waits(_ seconds: Int) -> Bool {
      guard done.wait(timeout: .now() + .seconds(seconds)) == .timedOut else { return false }
      fired.signal()
      return true
    }

    /// Whether the call came before the time was over.
    func cancel() -> Bool {
      done.signal()
      return fired.wait(timeout: .now()) == .timedOut
    }
  }
}
