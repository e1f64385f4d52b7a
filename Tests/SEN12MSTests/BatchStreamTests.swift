import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Imagery
@testable import Rasters
@testable import SEN12MS

@Suite struct BatchStreamTests {
  @Test func ordersAndPixelsDoNotDependOnWorkers() throws {
    let sample = try SyntheticSample()
    var options = trainingOptions(sample)
    options.workers = 1
    options.prefetch = 1
    let reference = try batches(sample, options, epoch: 3)
    #expect(reference.map(\.index) == [0, 1, 2, 3])
    #expect(reference.map(\.indices.count) == [4, 4, 4, 3])
    #expect(reference.flatMap(\.indices).sorted() == Array(0..<15))
    for (workers, prefetch) in [(2, 1), (3, 2), (7, 9)] {
      options.workers = workers
      options.prefetch = prefetch
      #expect(try batches(sample, options, epoch: 3) == reference)
    }
    #expect(try batches(sample, options, epoch: 4).flatMap(\.indices) != reference.flatMap(\.indices))
    options.seed += 1
    #expect(try batches(sample, options, epoch: 3).flatMap(\.indices) != reference.flatMap(\.indices))
  }

  @Test func resumingGivesTheTail() throws {
    let sample = try SyntheticSample()
    let options = trainingOptions(sample)
    let reference = try batches(sample, options, epoch: 1)
    for start in 0...4 {
      let schedule = options.schedule(samples: 15, from: 4 * start)
      #expect(try batches(sample, options, epoch: 1, schedule) == Array(reference.dropFirst(start)))
    }
  }

  @Test func unshuffledBatchesHoldTheSamplesAndTargetsInOrder() throws {
    let sample = try SyntheticSample()
    var options = sample.batchOptions([.rgb, .s1], batchSize: 6)
    options.augmentation.crop = .centre(PatchSize(height: 8, width: 10))
    let copies = try batches(sample, options, epoch: 0)
    #expect(copies.flatMap(\.indices) == Array(0..<15))
    #expect(copies.flatMap(\.targets) == sample.labelled.targets)

    var view = PatchView(of: sample.size)
    view.crop(to: PatchSize(height: 8, width: 10), top: 4, left: 3)
    let reader = TreeReader(
      folder: sample.folder, size: sample.size, normalisation: .published, nanPolicy: .fail)
    for (position, input) in options.inputs.enumerated() {
      let pixels = try AlignedBuffer<Float>(count: 80 * input.bandCount)
      let expected = try sample.patches.flatMap { patch in
        try reader.read(patch, input, view: view, into: pixels.pointer)
        return Array(pixels.elements)
      }
      #expect(copies.flatMap { $0.images[position] } == expected)
    }
  }

  @Test(arguments: Split.allCases)
  func tinyDataSetComesInTheReferenceOrderWithItsLabels(split: Split) throws {
    let expected = try Fixtures.json("tiny-sen12ms/expected.json")
    let root = Fixtures.url("tiny-sen12ms")
    let labels = LabelFolder(root.appending(path: "labels_splits"))
    let table = try LabelTable(contentsOf: try labels.labelFile!)
    let patches = try labels.requiredList(split).patches.sorted()
    for scheme in [ClassScheme.simplified, .full] {
      let targets = try patches.flatMap { patch in
        scheme.target(try #require(table[patch]), .multiLabel(threshold: 0.1))
      }
      let labelled = LabelledPatches(
        patches: Array(patches.indices), classes: scheme.classCount, targets: targets)
      var options = BatchOptions(
        inputs: [.s1], normalisation: .published, fileSize: PatchSize(256), batchSize: 2)
      options.nanPolicy = .paper
      let stream = try BatchStream(
        labelled, in: DataFolder(root).store(of: patches), options: options, epoch: 0)
      let copies = try drain(stream, classes: scheme.classCount)
      let names = copies.flatMap { $0.indices.map { patches[$0].description } }
      let name = split == .validation ? "val" : split.rawValue
      #expect(names == expected.dataset_order[name].strings)
      let reference = names.flatMap { expected.patches[$0]["multi_hot_\(scheme.fixtureName)_0.1"].doubles }
      #expect(copies.flatMap(\.targets).map(Double.init) == reference)
    }
  }

  @Test func dropLastLeavesOutTheIncompleteBatch() throws {
    let sample = try SyntheticSample()
    let schedule = BatchSchedule(samples: sample.labelled.patches.count, batchSize: 4, dropLast: true)
    let stream = try BatchStream(
      sample.labelled, in: sample.store, options: trainingOptions(sample), epoch: 0, schedule: schedule)
    #expect(try drain(stream, classes: 10).map(\.indices.count) == [4, 4, 4])
    #expect(try stream.next() == nil)
    #expect(stream.waitSeconds > 0)
  }

  @Test func theFirstBadSampleEndsTheStream() throws {
    let sample = try SyntheticSample()
    var options = sample.batchOptions([.s2, .s1], batchSize: 4)
    let damaged = [6, 9].map { sample.folder.file(sample.patches[$0], .s1) }
    for file in damaged { try Data([1, 2, 3]).write(to: file) }
    for workers in [1, 4] {
      options.workers = workers
      let stream = try BatchStream(sample.labelled, in: sample.store, options: options, epoch: 0)
      #expect(try stream.next()?.indices == [0, 1, 2, 3])
      for _ in 0..<2 {
        let error = try inputError { _ = try stream.next() }
        #expect(error?.subject == damaged[0].path)
      }
    }
  }

  @Test func filesOfAnotherSizeAreRefused() throws {
    let sample = try SyntheticSample()
    let options = BatchOptions(
      inputs: [.s1], normalisation: .published, fileSize: PatchSize(32), batchSize: 4)
    let stream = try BatchStream(sample.labelled, in: sample.store, options: options, epoch: 0)
    let error = try inputError { _ = try stream.next() }
    #expect(error?.problem == "expected 32×32 pixels (height×width), found 16×16")
    #expect(
      try GeoTIFFReader().facts(
        of: sample.folder.file(sample.patches[0], .s2).path, format: FileKind.s2.format
      ).size
        == sample.size)
  }

  @Test func streamsCanBeLeftAtAnyMoment() throws {
    let sample = try SyntheticSample()
    for taken in 0...3 {
      let stream = try BatchStream(
        sample.labelled, in: sample.store, options: trainingOptions(sample), epoch: 0)
      for _ in 0..<taken { _ = try stream.next() }
      if taken % 2 == 0 {
        stream.close()
        #expect(try stream.next() == nil)
      }
    }
  }

  @Test func anEmptyListHasNoBatches() throws {
    let sample = try SyntheticSample()
    let none = LabelledPatches(patches: [], classes: 10, targets: [])
    let stream = try BatchStream(none, in: sample.store, options: trainingOptions(sample), epoch: 0)
    #expect(try stream.next() == nil)
  }

  /// All ranks together read the samples that one process reads alone, with the same turns and flips.
  @Test(arguments: 1...5) func sharesMakeTheWholeEpoch(ranks: Int) throws {
    let sample = try SyntheticSample(scenes: 3, patches: 7)
    var options = trainingOptions(sample)
    // Also with smaller last batches, and from the middle of the epoch or of a batch.
    for (batchSize, start) in [(8, 0), (7, 0), (8, 8), (7, 2)] {
      options.batchSize = batchSize
      let schedule = options.schedule(samples: 21, from: start)
      let single = try batches(sample, options, epoch: 2, schedule)
      #expect(single.map(\.indices.count).reduce(0, +) == 21 - start)
      let shares = try (0..<ranks).map {
        try batches(sample, options, epoch: 2, schedule.share(of: $0, among: ranks))
      }
      for (turn, batch) in single.enumerated() {
        let parts = shares.map { $0[turn] }
        #expect(parts.allSatisfy { $0.index == batch.index })
        #expect(parts.flatMap(\.indices) == batch.indices)
        #expect(parts.flatMap(\.targets) == batch.targets)
        for input in batch.images.indices {
          #expect(parts.flatMap { $0.images[input] } == batch.images[input])
        }
        let counts = parts.map(\.indices.count)
        #expect(counts.max()! - counts.min()! <= 1)
      }
    }
  }

  @Test(arguments: 1...5) func everyBatchIsOfOneRank(ranks: Int) throws {
    let sample = try SyntheticSample()
    let options = sample.batchOptions([.s1], batchSize: 4)
    let schedule = options.schedule(samples: 15)
    let single = try batches(sample, options, epoch: 0)
    let parts = try (0..<ranks).map {
      try batches(sample, options, epoch: 0, schedule.every(ranks, from: $0))
    }
    // Of 4 batches, a fifth rank has none.
    #expect(single.count == 4 && parts.map(\.count).reduce(0, +) == 4)
    for (number, batch) in single.enumerated() { #expect(parts[number % ranks][number / ranks] == batch) }
  }

  @Test func schedulesFromAnyPosition() {
    let schedule = BatchSchedule(samples: 21, batchSize: 7, from: 5)
    #expect(schedule.batches.map(\.positions) == [5..<12, 12..<19, 19..<21])
    #expect(schedule.batches.map(\.number) == [0, 1, 2])
    #expect(schedule.sizes == [7, 2])
    #expect(BatchSchedule(samples: 21, batchSize: 7, dropLast: true, from: 5).sizes == [7])
    #expect(BatchSchedule(samples: 21, batchSize: 7, from: 14).batches.map(\.number) == [2])
    #expect(BatchSchedule(samples: 21, batchSize: 7, from: 21).batches.isEmpty)
    #expect(schedule.share(of: 1, among: 2).batches.map(\.positions) == [8..<12, 15..<19, 20..<21])
  }

  private func trainingOptions(_ sample: SyntheticSample) -> BatchOptions {
    var options = sample.batchOptions([.s2, .s1], batchSize: 4)
    options.shuffle = true
    options.seed = 11
    options.augmentation = Augmentation(flips: true, rotations: true, crop: .random(PatchSize(12)))
    return options
  }

  private func batches(
    _ sample: SyntheticSample, _ options: BatchOptions, epoch: Int, _ schedule: BatchSchedule? = nil
  ) throws -> [BatchCopy] {
    let stream = try BatchStream(
      sample.labelled, in: sample.store, options: options, epoch: epoch, schedule: schedule)
    return try drain(stream, classes: 10)
  }
}

extension ClassScheme {
  fileprivate var fixtureName: String { self == .simplified ? "simple" : "full" }
}
