import Basics
import Foundation
import TestSupport
import Testing

@Suite struct AtomicFileTests {
  private func names(_ folder: ScratchFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test func replacesTheWholeFileAndLeavesNothingElse() throws {
    let folder = try ScratchFolder()
    let path = folder.file("metrics.csv").path
    try AtomicFile.write("a long first line\n", to: path)
    try AtomicFile.write("epoch ✓\n", to: path)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "epoch ✓\n")
    try AtomicFile.write([UInt8](), to: path)
    #expect(try Data(contentsOf: folder.file("metrics.csv")).isEmpty)
    #expect(try names(folder) == ["metrics.csv"])
  }

  @Test func oldContentsKeepTheGivenName() throws {
    let folder = try ScratchFolder()
    let path = folder.file("last").path
    for text in ["one", "two", "three"] {
      try AtomicFile.write(to: path, keepingOldAs: folder.file("previous").path) { file in
        try Array(text.utf8).withUnsafeBytes { try file.write($0, at: 0) }
      }
    }
    #expect(try names(folder) == ["last", "previous"])
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "three")
    #expect(try String(contentsOf: folder.file("previous"), encoding: .utf8) == "two")
  }

  @Test func everyFailingCallLeavesTheOldOrTheNewFile() throws {
    var kinds: Set<String> = []
    var stayedOld = 0
    let calls = try withEveryCallFailing(
      prepare: { try AtomicFile.write("old", to: $0.file("f").path) },
      action: { try AtomicFile.write("new", to: $0.file("f").path, files: $1) },
      check: { folder, error, failed in
        let call = failed.split(separator: " ")[0]
        kinds.insert(String(call))
        let text = try String(contentsOf: folder.file("f"), encoding: .utf8)
        if text == "old" { stayedOld += 1 }
        // After the rename only the sync of the folder can fail.
        #expect(text == (failed.hasPrefix("sync the folder") || error == nil ? "new" : "old"))
        #expect(try names(folder) == ["f"])
        if let error {
          #expect(error.kind == .environment)
          #expect(error.description.contains(folder.path) && error.description.contains("errno 28"))
        } else {
          #expect(call == "list")
        }
      })
    #expect(kinds == ["list", "open", "write", "sync", "close", "rename"])
    #expect(calls == 7 && stayedOld == 5)
  }

  @Test func abandonedTemporaryFilesGoAndLivingOnesStay() throws {
    let folder = try ScratchFolder()
    let path = folder.file("f").path
    let abandoned = folder.file(".f.999999-1.tmp")
    try Data("half".utf8).write(to: abandoned)
    try Data("other".utf8).write(to: folder.file(".other.999999-1.tmp"))
    try AtomicFile.write(to: path) { file in
      #expect(!FileManager.default.fileExists(atPath: abandoned.path))
      // A second writer of the same path must not remove the first writer's file as abandoned.
      try AtomicFile.write("second", to: path)
      #expect(try names(folder).filter { $0.hasPrefix(".f.") }.count == 1)
      try Array("first".utf8).withUnsafeBytes { try file.write($0, at: 0) }
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "first")
    #expect(try names(folder) == [".other.999999-1.tmp", "f"])
  }

  @Test func bodyThatThrowsKeepsTheOldFile() throws {
    let folder = try ScratchFolder()
    let path = folder.file("f").path
    try AtomicFile.write("old", to: path)
    let error = InputError(.data, "x", "y")
    #expect(throws: error) { try AtomicFile.write(to: path) { _ in throw error } }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
    #expect(try names(folder) == ["f"])
  }

  @Test func systemReasonIsTold() throws {
    let folder = try ScratchFolder()
    let missing = folder.file("no/such/f").path
    let error = #expect(throws: InputError.self) { try AtomicFile.write("x", to: missing) }
    #expect(
      error?.description
        == "\(missing): could not open (there is no such file or folder, errno 2); check the path")
  }

  @Test func linkReplacesTheBestAndSurvivesAMissingFeature() throws {
    let folder = try ScratchFolder()
    let (last, best) = (folder.file("last").path, folder.file("best").path)
    for (text, code) in [("one", 0), ("one", 0), ("two", EPERM), ("three", ENOTSUP)] {
      try AtomicFile.write(text, to: last)
      let files = FileSystem { call, _ in call == .link ? Int32(code) : 0 }
      try AtomicFile.link(last, as: best, files: files)
      try AtomicFile.link(last, as: best, files: files)
      #expect(try String(contentsOfFile: best, encoding: .utf8) == text)
      #expect(try names(folder) == ["best", "last"])
    }
  }
}
