import Foundation
import TestSupport
import Testing

/// What the program finds when it starts: limits, streams, folders, a system without `/proc`.
@Suite struct ProcessStartTests {
  /// Lines of `/proc/PID/status` of a command that waits for its reader.
  private func status(_ environment: [String: String]) throws -> [String: String] {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    // A page, which is less than the command has to say.
    _ = fcntl(ends[1], 1031, 4096)
    let process = Process()
    process.executableURL = BuiltProgram.url
    process.arguments = ["keys"]
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(fileDescriptor: ends[1], closeOnDealloc: false)
    try process.run()
    defer { process.waitUntilExit() }
    close(ends[1])
    defer { close(ends[0]) }
    var waiting = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
    try #require(poll(&waiting, 1, 60_000) == 1, "it says something")
    let text = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
    return Dictionary(
      text.split(separator: "\n").map { line in
        let parts = line.split(separator: ":", maxSplits: 1)
        return (String(parts[0]), parts[1].trimmingCharacters(in: .whitespaces))
      }, uniquingKeysWith: { first, _ in first })
  }

  /// OpenBLAS would start one for each core, or as many as its variable says.
  @Test(arguments: [[:], ["OPENBLAS_NUM_THREADS": "6", "OMP_NUM_THREADS": "5"]])
  func oneThreadOnAllCores(environment: [String: String]) throws {
    let status = try status(environment)
    #expect(status["Threads"] == "1")
    let own = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    #expect(own.contains("Cpus_allowed_list:\t\(status["Cpus_allowed_list"] ?? "none")\n"))
  }

  /// Whatever address space there is, a command that multiplies ends by itself and says what it lacks.
  @Test(arguments: [300_000, 420_000])
  func limitedAddressSpace(kilobytes: Int) throws {
    let experiment = TrainedRun.repository.appending(path: "configs/demo/early.yaml").path
    let run = try ShellRun.run(
      "ulimit -v \(kilobytes); exec \"$program\" plan --config '\(experiment)' --kernels blas --threads 1 --size 32"
    )
    #expect([0, 1].contains(run.status), "\(run.status): \(run.errors)")
    if run.status == 1 {
      #expect(run.errors.hasPrefix("fusionctl: memory: ") && run.errors.contains("ulimit -v"))
    }
  }

  /// Files that are written get none of the messages.
  @Test func closedStreams() throws {
    let run = try ShellRun.run(
      """
      make() { "$program" synth --scenes 3 --patches-per-scene 2 --size 32 --out "$1"; }
      make open 2>messages || exit 3
      [ -s messages ] || exit 4
      make none 0<&- 1>&- 2>&- || exit 5
      make error 2>&- || exit 6
      diff -r open none && diff -r open error
      """)
    #expect(run.status == 0, "\(run.output)\(run.errors)")
  }

  @Test func theCurrentFolderWasDeleted() throws {
    for command in ["keys", "export --checkpoint x.h5 --out y.safetensors"] {
      let run = try ShellRun.run("mkdir gone && cd gone && rmdir ../gone && exec \"$program\" \(command)")
      #expect(run.status == 1 && run.output.isEmpty)
      #expect(run.errors.hasPrefix("fusionctl: current folder: it was deleted"), "\(run.errors)")
      #expect(run.errors.split(separator: "\n").count == 1)
    }
  }

  @Test func aReaderThatHasGone() throws {
    let run = try ShellRun.run("\"$program\" keys 2>errors | true; echo ${PIPESTATUS[0]}; cat errors")
    // The reader may have gone before the command, or have left what was written unread.
    #expect(["0\n", "1\n"].contains(run.output), "\(run.output)")
    let closed = try ShellRun.run(
      "mkfifo p; exec 3<>p; exec 4>p; exec 3>&-; \"$program\" keys >&4 2>errors; echo $?; cat errors")
    #expect(closed.output == "1\n", "\(closed.output)")
  }

  @Test func aFileThatMayNotGrow() throws {
    let run = try ShellRun.run("ulimit -f 2; exec \"$program\" keys >keys.yaml")
    #expect(run.status == 1)
    #expect(
      run.errors
        == "fusionctl: standard output: cannot be written (the file may not grow further: a limit of file "
        + "sizes (ulimit -f), errno 27)\n", "\(run.errors)")
  }

  private static let canHideProc: Bool =
    (try? ShellRun.run("unshare -m true").status == 0) ?? false

  @Test(.enabled(if: canHideProc, "needs the right to mount")) func withoutProc() throws {
    let experiment = TrainedRun.repository.appending(path: "configs/demo/early.yaml").path
    let run = try ShellRun.run(
      """
      "$program" keys >before
      unshare -m bash -c 'mount -t tmpfs none /proc && "$program" keys >after && "$program" doctor --only memory &&
        exec "$program" slurm --config "$0" --time 30' '\(experiment)' || exit
      cmp before after
      """)
    #expect(
      run.status == 0 && run.output.contains("the system does not say how much memory there is"),
      "\(run.errors)")
    #expect(run.output.contains("\nprogram=\(BuiltProgram.url.path)\n"), "\(run.output)")
  }
}
