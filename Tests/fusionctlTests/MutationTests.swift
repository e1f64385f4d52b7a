import Foundation
import TestSupport
import Testing

/// Damaged files of every kind, 200 of each, always the same: all are refused in one plain line or read, quickly and
/// with little memory. `scripts/study/mutations.sh` tries more of them and compares what is read.
@Suite struct MutationTests {
  private static let kinds = ["tiff", "labels", "list", "safetensors", "checkpoint", "configuration"]
  private let scratch: ScratchFolder

  init() throws {
    scratch = try ScratchFolder()
    let made = try run(["bases", scratch.file("bases").path])
    try #require(made.status == 0, "\(made.errors)")
  }

  private func run(_ words: [String]) throws -> BuiltProgram.Result {
    let (output, errors) = (scratch.file("out"), scratch.file("err"))
    let process = Process()
    process.executableURL = BuiltProgram.url(of: "MutationProbe")
    process.arguments = words
    for file in [output, errors] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    return BuiltProgram.Result(
      status: process.terminationReason == .uncaughtSignal
        ? -process.terminationStatus : process.terminationStatus,
      output: try String(contentsOf: output, encoding: .utf8),
      errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
  }

  /// Runs cases; none may end as none may, some must be refused.
  /// - Returns: how many were read.
  @discardableResult
  private func expectSound(_ mode: String, _ kind: String, count: Int, _ more: [String] = []) throws -> Int {
    let result = try run(
      [mode, kind, scratch.file("bases").path, scratch.file(kind).path, "5", "0", "\(count)"] + more)
    let cases = try result.output.split(separator: "\n").map { try JSON(data: Data($0.utf8)) }
    let last = result.errors.split(separator: "\n").last ?? ""
    #expect(result.status == 0 && cases.count == count, "\(mode) \(kind) died at \(last)")
    for entry in cases {
      #expect(
        entry.faults.array.isEmpty,
        "\(entry.base.string ?? ""), \(entry.change.string ?? ""): \(entry.faults.strings): \(entry.line.string ?? "")"
      )
    }
    let accepted = cases.filter { $0.accepted.bool == true }.count
    #expect(accepted < count, "nothing was refused")
    return accepted
  }

  @Test func damagedFilesInOneProcess() throws {
    for kind in Self.kinds {
      let accepted = try expectSound("read", kind, count: 200)
      #expect(accepted > 0, "nothing of \(kind) was read")
    }
  }

  @Test func damagedFilesThroughTheProgram() throws {
    for kind in Self.kinds { try expectSound("program", kind, count: 20, [BuiltProgram.url.path]) }
  }
}
