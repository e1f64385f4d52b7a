import Foundation
import TestSupport
import Testing

@testable import SEN12MS

/// Files that are absent, cannot be reached or are broken give three different results.
@Suite struct BrokenPathTests {
  private let scratch: ScratchFolder
  private let patches = (1...3).map { PatchID(roi: 1868, season: .winter, scene: 7, patch: $0) }
  private var data: DataFolder { DataFolder(scratch.url) }
  private var scene: URL { data.file(patches[0], .s2).deletingLastPathComponent() }

  init() throws {
    scratch = try ScratchFolder()
    try FileManager.default.createDirectory(at: scene, withIntermediateDirectories: true)
    for patch in patches { try Data().write(to: data.file(patch, .s2)) }
  }

  private func replace(_ url: URL, _ body: (String) -> Int32) throws {
    try FileManager.default.removeItem(at: url)
    #expect(body(url.path) == 0)
  }

  private func absent() throws -> [String] {
    try data.absentFiles(of: patches, kinds: [.s2]).map(\.description)
  }

  /// None of these is opened: opening the pipe would wait.
  @Test func whatStandsInThePlaceOfAFileIsNamed() throws {
    let file = data.file(patches[1], .s2)
    #expect(try absent().isEmpty)
    for (make, problem) in [
      ({ mkfifo($0, 0o600) }, "is a pipe, a socket or a device, expected a GeoTIFF file"),
      ({ mkdir($0, 0o700) }, "is a folder, expected a GeoTIFF file"),
      (
        { symlink("nowhere.tif", $0) }, "lies behind the link \(file.path) to nowhere.tif, which is not there"
      ),
      (
        { symlink(($0 as NSString).lastPathComponent, $0) },
        "cannot be reached (its links lead in a circle, errno 40)"
      ),
    ] as [((String) -> Int32, String)] {
      try replace(file, make)
      let error = try inputError { _ = try absent() }
      #expect(error?.subject == file.path && error?.problem == problem, "\(error.debugDescription)")
    }
    // A link to a file counts as the file.
    let target = data.file(patches[0], .s2).path
    try replace(file) { symlink(target, $0) }
    #expect(try absent().isEmpty)
    try FileManager.default.removeItem(at: file)
    #expect(try absent() == [patches[1].relativePath(.s2)])
  }

  @Test func sceneFoldersThatCannotBeReadAreNoAbsentFiles() throws {
    for (make, problem) in [
      (
        { FileManager.default.createFile(atPath: $0, contents: nil) ? 0 : 1 },
        "the folder cannot be read (a part of the path is a file, not a folder, errno 20)"
      ),
      (
        { symlink("/absent/disk", $0) },
        "lies behind the link \(scene.path) to /absent/disk, which is not there"
      ),
    ] as [((String) -> Int32, String)] {
      try replace(scene, make)
      let error = try inputError { _ = try absent() }
      #expect(error?.subject == scene.path && error?.problem == problem, "\(error.debugDescription)")
    }
    try FileManager.default.removeItem(at: scene)
    #expect(try absent().count == 3)
  }

  /// A list or a label file that exists is never replaced by another source.
  @Test func brokenListsAndLabelsAreNoAbsentOnes() throws {
    let folder = LabelFolder(scratch.url)
    try patches.map(\.description).joined(separator: "\n").write(
      to: scratch.file("train_list.txt"), atomically: true, encoding: .utf8)
    #expect(try folder.requiredList(.train).patches == patches)
    #expect(try folder.labelFile == nil)
    for name in ["train_list.pkl", "IGBP_probability_labels.pkl"] {
      let file = scratch.file(name)
      for target in ["/absent/\(name)", name] {
        #expect(symlink(target, file.path) == 0)
        let error = try inputError {
          _ = try folder.requiredList(.train)
          _ = try folder.labelFile
        }
        #expect(error?.subject == file.path, "\(error.debugDescription)")
        try FileManager.default.removeItem(at: file)
      }
    }
    // A folder of that name is found when it is opened.
    try FileManager.default.createDirectory(
      at: scratch.file("train_list.pkl"), withIntermediateDirectories: true)
    let error = try inputError { _ = try folder.requiredList(.train) }
    #expect(error?.subject == scratch.file("train_list.pkl").path)
  }

  @Test(.enabled(if: geteuid() != 0, "root may read everything")) func closedFolders() throws {
    for url in [scene, scratch.url] {
      #expect(chmod(url.path, 0) == 0)
      let error = try inputError { _ = try absent() }
      #expect(chmod(url.path, 0o700) == 0)
      #expect(error?.problem.contains("permission denied, errno 13") == true, "\(error.debugDescription)")
    }
  }
}
