import Foundation
import TestSupport
import Testing

@testable import Imagery
@testable import SEN12MS

/// Headers of a few files show the size and the declarations of all files.
@Suite struct HeaderSampleTests {
  private let sample: SyntheticSample

  init() throws { sample = try SyntheticSample(scenes: 3, patches: 4, size: 16) }

  private func look(_ patches: [PatchID]? = nil) throws -> HeaderSample {
    let patches = patches ?? sample.patches
    return try HeaderSample(
      of: Array(patches.indices), Catalogue(patches), sensors: [.sentinel1, .sentinel2],
      in: sample.folder.store(of: patches), Sweep(threads: 2))
  }

  private func replace(_ patch: PatchID, _ kind: FileKind, side: Int, names: [String] = []) throws {
    let bands = kind.bandNames.count
    var file = TIFFFile(
      width: side, height: side, bands: bands, sample: kind == .s1 ? .float32 : .uint16,
      values: .init(repeating: 1, count: side * side * bands))
    if !names.isEmpty { file.texts[42112] = TIFFFile.metadata(names: names, bands: bands) }
    try file.write(to: sample.folder.file(patch, kind))
  }

  @Test func theFileThatDiffersIsToBlame() throws {
    let headers = try look()
    #expect(headers.size == sample.size && headers.notes.isEmpty)
    try headers.requireOneSize()
    // The very first file differs, and is named; also when all patches are of one scene.
    let first = sample.patches[0]
    try replace(first, .s2, side: 12)
    for patches in [sample.patches, sample.patches.filter { $0.scene == first.scene }] {
      let headers = try look(patches)
      #expect(headers.size == sample.size)
      let error = try inputError { try headers.requireOneSize() }
      #expect(error?.subject == sample.folder.file(first, .s2).path)
      #expect(error?.problem == "expected 16×16 pixels (height×width), found 12×12")
    }
  }

  @Test func oneFileOfEachSceneIsLookedAt() throws {
    let scenes = Set(sample.patches.map(\.scene))
    #expect(scenes.count == 3)
    for scene in scenes {
      let first = try #require(sample.patches.first { $0.scene == scene })
      let file = sample.folder.file(first, .s1)
      let bytes = try Data(contentsOf: file)
      try Data("no image".utf8).write(to: file)
      let error = try inputError { _ = try look() }
      #expect(error?.subject == file.path)
      try bytes.write(to: file)
    }
  }

  @Test func whatFilesDeclareIsSaid() throws {
    let first = sample.patches[0]
    try replace(first, .s1, side: 16, names: ["first", "second"])
    try replace(first, .s2, side: 16, names: FileKind.s2.bandNames.reversed())
    let notes = try look().notes
    #expect(notes.count == 2)
    #expect(
      notes.first == "the band names of Sentinel-1 files are not known: bands are taken by position, VV, VH "
        + "(first \(first.fileName(.s1)))")
    #expect(notes.last?.contains("bands are taken by name (first \(first.fileName(.s2)))") == true)
  }
}
