import Checkpoints
import Foundation
import TestSupport
import Testing

/// Run folders on file systems that are full or may not be written, in a mount namespace of their own. Access
/// rights would not do: root may write anywhere.
@Suite(
  .besideOthers, .sampleData,
  .enabled(if: MountNamespace.options != nil, "mounting needs rights that are not there"))
struct FailingDiskTests {
  private let sample = SampleData.current!
  private let scratch: ScratchFolder
  private let small = ["training.momentum=0"]

  init() throws { scratch = try ScratchFolder() }

  private var run: URL { scratch.file("mount/run") }

  /// Mounts something at the folder `mount`, then trains in `mount/run`; afterwards the run is in `copy`.
  private func train(_ mount: String, _ arguments: [String]) throws -> (status: Int32, lines: [Substring]) {
    let script = """
      cd '\(scratch.path)' && mkdir -p mount copy && \(mount) || exit 99
      '\(BuiltProgram.url.path)' "$@"
      status=$?
      cp -a mount/run copy/
      exit $status
      """
    let errors = scratch.file("err")
    let status = try MountNamespace.run(script, sample.training(run, set: small, arguments), errors)
    return (status, try String(contentsOf: errors, encoding: .utf8).split(separator: "\n"))
  }

  /// Room for one checkpoint of 45 MB, and no second one.
  @Test func aFullDiskEndsTheRunAndKeepsTheCheckpointBefore() throws {
    let (status, lines) = try train(
      "mount -t tmpfs -o size=70m tmpfs mount", ["--epochs", "4", "--quiet", "--set", "training.seed=2"])
    #expect(status == 1 && lines.count == 1, "\(lines)")
    let last = RunFiles(run).path("last")
    #expect(
      lines.first?.hasPrefix("fusionctl: \(last): could not write (no space left on the device, errno 28); ")
        == true,
      "\(lines)")

    let saved = RunFiles(scratch.file("copy/run"))
    let newest = try #require(try CheckpointStore(runFolder: saved.url.path).openNewest())
    #expect(newest.warning == nil && newest.file.contents.progress.epoch == 1)
    #expect(try !saved.names.contains { $0.hasSuffix(".tmp") }, "the half-written file is gone")
    #expect(try saved.text("train.log").contains(" error \(last): could not write "))
    // Where there is room it goes on as if nothing had been.
    let seed = small + ["training.seed=2"]
    try sample.train(saved.url, set: seed, ["--epochs", "4", "--resume"])
    let straight = try sample.train(scratch.file("straight"), set: seed, ["--epochs", "4"])
    #expect(try differences(saved.checkpoint("last"), straight.checkpoint("last")) == [])
    #expect(try saved.metricsWithoutTimes == straight.metricsWithoutTimes)
  }

  @Test func aReadOnlyFolderIsRefused() throws {
    let finished = try sample.train(run, set: small)
    let before = try Data(contentsOf: URL(filePath: finished.path("last")))
    let (status, lines) = try train(
      "mount --bind mount mount && mount -o remount,bind,ro mount", ["--epochs", "2", "--resume"])
    #expect(status == 1 && lines.count == 1, "\(lines)")
    #expect(
      lines.first
        == "fusionctl: \(run.path)/.lock: could not open (the file system is read-only, errno 30); check the permissions of the file and of the folders above it"[
          ...],
      "\(lines)")
    #expect(try Data(contentsOf: URL(filePath: finished.path("last"))) == before)
  }
}

/// Shell scripts that may mount what nobody else sees.
enum MountNamespace {
  /// Flags of `unshare` with which this user may mount, nil where there are none.
  static let options: [String]? = [["-m"], ["-r", "-m"]].first {
    (try? start($0, "mount -t tmpfs tmpfs /mnt", [], FileHandle.nullDevice)) == 0
  }

  /// The exit status of a script; its standard error goes to a file.
  static func run(_ script: String, _ arguments: [String], _ errors: URL) throws -> Int32 {
    _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
    return try start(options ?? [], script, arguments, FileHandle(forWritingTo: errors))
  }

  private static func start(
    _ options: [String], _ script: String, _ arguments: [String], _ errors: FileHandle
  ) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["unshare"] + options + ["sh", "-c", script, "sh"] + arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }
}
