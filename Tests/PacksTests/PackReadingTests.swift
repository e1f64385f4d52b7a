import Foundation
import PackSupport
import TestSupport
import Testing

@testable import Basics
@testable import Imagery
@testable import Packs
@testable import Rasters

@Suite struct PackReadingTests {
  /// The batches of an epoch, as bits.
  private func batches(
    _ store: any PatchStore, _ patches: [Int], s2: Sensor, form: BatchOptions.Form = .floats
  ) throws -> [[UInt32]] {
    let inputs = [
      Channels(name: "s1", sensor: SampleTree.s1, bands: ["VV", "VH"]),
      Channels(name: "s2", sensor: s2, bands: ["B8", "B2", "B4"]),
    ]
    let normalisation = try Normalisation([
      .init(sensor: "s1", bandNames: ["VV", "VH"], bands: .init(mean: [-12, -18], std: [4, 5])),
      .init(
        sensor: "s2", bandNames: ["B8", "B2", "B4"], bands: .init(mean: [1, 2, 3], std: [700, 600, 500])),
    ])
    var options = BatchOptions(
      inputs: inputs, normalisation: normalisation, fileSize: SampleTree.size, batchSize: 4)
    options.shuffle = true
    options.augmentation = Augmentation(flips: true, crop: .random(PatchSize(12)))
    let labelled = LabelledPatches(
      patches: patches, classes: 1, targets: patches.indices.map(Float.init))
    let stream = try BatchStream(labelled, in: store, options: options, epoch: 2)
    var result: [[UInt32]] = []
    while let batch = try stream.next() {
      result.append(
        batch.images.flatMap { $0.elements.map(\.bitPattern) } + batch.targets.elements.map(\.bitPattern))
    }
    return result
  }

  @Test func batchesHaveTheBitsOfTheFiles() throws {
    let sample = try PackSample()
    let source = sample.tree.source()
    let train = source.lists[0].patches
    let expected = try batches(source.store, train, s2: SampleTree.s2)
    #expect(expected.count == 3)
    for (codec, bands) in [(PackCodec.none, nil), (.zstd, nil), (.zstd, ["B2", "B4", "B8"])] {
      let pack = try Pack(contentsOf: sample.pack("\(codec) \(bands?.count ?? 0)", codec, s2: bands))
      let s2 = try #require(pack.sensor(SampleTree.s2))
      #expect(s2.bandNames == bands ?? SampleTree.s2.bandNames)
      for verification in ChunkVerification.allCases {
        let store = PackStore(pack, verification: verification)
        for _ in 0..<2 { #expect(try batches(store, Array(pack.splits[0].patches), s2: s2) == expected) }
      }
      // The numbers of a catalogue in another order.
      let numbers = (0..<20).map { patch in
        (0..<20).first { pack.ids[$0] == sample.tree.catalogue.id(patch) }!
      }
      #expect(try batches(PackStore(pack, numbers: numbers), train, s2: s2) == expected)
      if bands != nil {
        let error = #expect(throws: InputError.self) {
          try batches(PackStore(pack), [0], s2: SampleTree.s2)
        }
        #expect(
          error?.problem == "holds the bands B2 B4 B8 of Sentinel-2, expected B2 B3 B4 B8 B11")
      }
    }
  }

  /// A flipped bit anywhere in a pack is found by verification, and by opening or reading it.
  @Test(arguments: PackCodec.allCases) func everyFlippedByteIsFound(codec: PackCodec) throws {
    let sample = try PackSample()
    let folder = try sample.pack("pack", codec)
    let files = try PackSample.contents(folder)
    let names = files.keys.sorted()
    var random = RandomStream(seed: 3)
    for number in 0..<40 {
      let name = number < 4 ? "pack.json" : names[random.integer(below: names.count)]
      var bytes = try #require(files[name])
      let place = random.integer(below: bytes.count)
      bytes[place] ^= 1 << UInt8(random.integer(below: 8))
      try bytes.write(to: folder.appending(path: name))
      let note = Comment("\(name), byte \(place)")
      let verified = try? PackVerification(of: folder, threads: 1)
      #expect(verified?.isSound != true, note)
      #expect(throws: InputError.self, note) {
        let store = PackStore(try Pack(contentsOf: folder))
        let reader = try SampleReader(store, [SampleTree.s1, SampleTree.s2], size: SampleTree.size)
        for patch in 0..<20 {
          for sensor in [SampleTree.s1, SampleTree.s2] { _ = try reader.read(patch, sensor) }
        }
      }
      try files[name]!.write(to: folder.appending(path: name))
    }
    #expect(try PackVerification(of: folder, threads: 1).isSound)
  }

  @Test func damageDuringARunNamesShardPatchAndChecksum() throws {
    let sample = try PackSample()
    let folder = try sample.pack("pack")
    let pack = try Pack(contentsOf: folder)
    let store = PackStore(pack)
    let (shard, row) = (pack.shards[0], Int(pack.places.firstIndex { $0 == (0, 0) }!))
    var bytes = try Data(contentsOf: URL(filePath: shard.path))
    let place = Int(shard.grids[0].offsets[0]) + 7
    bytes[place] ^= 4
    let handle = try FileHandle(forWritingTo: URL(filePath: shard.path))
    try handle.write(contentsOf: bytes)
    let error = #expect(throws: InputError.self) {
      try SampleReader(store, [SampleTree.s1], size: SampleTree.size).read(row, SampleTree.s1)
    }
    #expect(error?.kind == .data && error?.subject == shard.path)
    let sum = CRC32C.text(shard.grids[0].sums[0])
    #expect(error?.problem.contains("patch \(pack.ids[row])") == true)
    #expect(error?.problem.contains("(CRC-32C \(sum) expected)") == true)
    // A file that became shorter is no crash.
    try handle.truncate(atOffset: UInt64(place))
    let short = #expect(throws: InputError.self) {
      try SampleReader(store, [SampleTree.s1], size: SampleTree.size).read(row, SampleTree.s1)
    }
    #expect(short?.problem.contains("in the middle of its data") == true)
    #expect(throws: InputError.self) { try Pack(contentsOf: folder) }
    try FileManager.default.removeItem(atPath: shard.path)
    let absent = #expect(throws: InputError.self) { try Pack(contentsOf: folder) }
    #expect(absent?.subject == shard.path && absent?.problem == "does not exist")
    #expect(try PackVerification(of: folder, threads: 1).problems.count == 1)
  }

  @Test func aChangedTreeIsFound() throws {
    let sample = try PackSample()
    let folder = try sample.pack("pack", .zstd)
    let pack = try Pack(contentsOf: folder)
    let url = sample.tree.file(4, SampleTree.s2)
    var bytes = try Data(contentsOf: url)
    bytes[bytes.count - 9] ^= 1
    try bytes.write(to: url)
    let compared = try PackComparison(pack, with: sample.tree.source(), threads: 2)
    #expect(compared.problems == ["1_p34: the samples of B2 B3 B4 B8 B11 differ"])
  }

  /// Programs that know HDF5 see plain arrays, with where the patches lie.
  @Test func otherProgramsReadShards() throws {
    let sample = try PackSample()
    let folder = try sample.pack("pack")
    let tool = URL(filePath: "/usr/bin/h5dump")
    guard FileManager.default.isExecutableFile(atPath: tool.path) else { return }
    let process = Process()
    let output = Pipe()
    process.executableURL = tool
    process.arguments = [
      "-d", "/patches/crs", "-d", "/sensors/s2/16x20/data[0,0,0,0;;1,1,1,5;]", "-d", "/patches/transform",
      "-a", "/patches/labels/classes", folder.appending(path: "train-00000.h5").path,
    ]
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let pack = try Pack(contentsOf: folder)
    let first = try #require(pack.places.firstIndex { $0 == (0, 0) })
    let patch = try #require((0..<20).first { sample.tree.catalogue.id($0) == pack.ids[first] })
    let all = Channels(name: "s2", sensor: SampleTree.s2, bands: SampleTree.s2.bandNames)
    let samples = try sample.tree.source().store.samples(of: patch, all, size: SampleTree.size)
    let numbers = samples[..<5].map { "\(Int($0))" }.joined(separator: ", ")
    #expect(text.contains(numbers))
    #expect(text.contains("\"EPSG:32633\"") && text.contains("\"Water, inland\""))
    #expect(text.contains("\(300_000 + 2560 * patch), 10, 0, 5e+06, 0, -10"))
  }
}
