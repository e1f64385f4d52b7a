import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Imagery
@testable import Rasters
@testable import SEN12MS

/// A folder with a single patch whose files are put together by hand.
struct HandMadePatch {
  static let size = PatchSize(height: 6, width: 8)

  let scratch: ScratchFolder
  let patch = PatchID(roi: 1158, season: .spring, scene: 4, patch: 1)

  var folder: DataFolder { DataFolder(scratch.url) }

  init(_ kind: FileKind, _ file: TIFFFile) throws {
    scratch = try ScratchFolder()
    try write(kind, file)
  }

  func write(_ kind: FileKind, _ file: TIFFFile) throws {
    let url = folder.file(patch, kind)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try file.write(to: url)
  }

  /// A file of `kind` in the format of the data set; all samples differ.
  static func plain(_ kind: FileKind) -> TIFFFile {
    let bands = kind.bandNames.count
    let values = (0..<size.pixels * bands).map { index -> Double in
      switch kind {
      case .s1: -1 - Double(index) / 8
      case .s2: Double(100 + 7 * index)
      case .lc: Double(1 + index % 17)
      }
    }
    let sample: TIFFFile.Sample = kind == .s1 ? .float32 : kind == .s2 ? .uint16 : .uint8
    return TIFFFile(width: size.width, height: size.height, bands: bands, sample: sample, values: values)
  }

  func normalised(_ input: Channels, _ policy: NaNPolicy = .fail) throws -> [Float] {
    let reader = TreeReader(folder: folder, size: Self.size, normalisation: .published, nanPolicy: policy)
    let pixels = try AlignedBuffer<Float>(count: Self.size.pixels * input.bandCount)
    try reader.read(patch, input, view: PatchView(of: Self.size), into: pixels.pointer)
    return Array(pixels.elements)
  }

  func remarks(_ kind: FileKind) throws -> FileRemarks {
    try GeoTIFFReader().facts(of: folder.file(patch, kind).path, format: kind.format).remarks
  }
}

@Suite struct DeclaredSampleTests {
  /// The bands of each kind that no network sees are not counted: B10 is 0 in most pixels.
  @Test(arguments: [(FileKind.s1, "-9999"), (.s1, "nan"), (.s2, "0"), (.s2, "65535")])
  func nodataIsMissing(kind: FileKind, nodata: String) throws {
    var file = HandMadePatch.plain(kind)
    let bands = kind.bandNames.count
    let input: Channels = kind == .s1 ? .s1 : .s2
    file.values[3 * bands + kind.bandNames.firstIndex(of: input.bandNames[1])!] = Double(nodata)!
    if kind == .s2 { file.values[5 * bands + 10] = Double(nodata)! }
    file.texts[42113] = nodata
    let sample = try HandMadePatch(kind, file)
    let whole = try HandMadePatch(kind, HandMadePatch.plain(kind)).normalised(input)

    for policy in [NaNPolicy.fail, .skip] {
      let error = try inputError { _ = try sample.normalised(input, policy) }
      #expect(error?.subject == sample.folder.file(sample.patch, kind).path)
      #expect(error?.problem.hasPrefix("1 of \(48 * input.bandCount) samples are ") == true, "\(error!)")
      #expect(error?.problem.contains("nodata \(nodata)") == true, "\(error!)")
    }
    let place = 3 * input.bandCount + 1
    let published = Normalisation.published[input]
    for (policy, expected) in [(NaNPolicy.fill, 0), (.paper, -published.mean[1] / published.std[1])] {
      let values = try sample.normalised(input, policy)
      #expect(values[place] == expected)
      #expect(
        zip(values, whole).enumerated().allSatisfy { $0.offset == place || $0.element.0 == $0.element.1 })
    }
    let scan = try MissingSampleScan(
      [sample.patch], inputs: [input], in: sample.folder, size: HandMadePatch.size, threads: 1)
    #expect(scan.dropped == [.init(patch: 0, samples: 1)])
  }

  @Test func statisticsLeaveMissingSamplesOut() throws {
    var file = HandMadePatch.plain(.s2)
    let (first, second) = (file.values[1], file.values[14])
    for index in file.values.indices { file.values[index] = index / 13 % 2 == 0 ? first : second }
    let even = try HandMadePatch(.s2, file)
    for pixel in 24..<48 { for band in 0..<13 { file.values[pixel * 13 + band] = 3 } }
    file.texts[42113] = "3"
    let half = try HandMadePatch(.s2, file)
    func statistics(_ sample: HandMadePatch, _ policy: NaNPolicy) throws -> Normalisation {
      try .measured(
        over: [sample.patch], inputs: [.s2], in: sample.folder, size: HandMadePatch.size, nanPolicy: policy,
        threads: 1)
    }
    #expect(try statistics(half, .fill) == statistics(even, .fail))
    #expect(try statistics(half, .paper).s2.mean[0] < statistics(even, .fail).s2.mean[0])
    #expect(throws: InputError.self) { try statistics(half, .fail) }
  }

  @Test func scaleAndOffsetAreApplied() throws {
    for (kind, input, scale, offset) in [(FileKind.s1, Channels.s1, 0.125, -1.0), (.s2, .s2, 7, 100)] {
      let plain = HandMadePatch.plain(kind)
      let sample = try HandMadePatch(kind, plain)
      var file = plain
      file.sample = .int16
      file.values = plain.values.map { (($0 - offset) / scale).rounded() }
      file.texts[42112] = TIFFFile.metadata(scale: scale, offset: offset, bands: file.bands)
      let scaled = try HandMadePatch(kind, file)
      #expect(try scaled.normalised(input) == sample.normalised(input))
      #expect(try scaled.remarks(kind) == [.scaled])
      #expect(
        try scaled.folder.samples(of: scaled.patch, input, size: HandMadePatch.size)
          == sample.folder.samples(of: sample.patch, input, size: HandMadePatch.size))
    }
  }

  /// Reflectance is not clipped to the range of backscatter, whatever its type.
  @Test func theSensorDecidesTheCleaning() throws {
    let plain = try HandMadePatch(.s2, HandMadePatch.plain(.s2))
    for type in [TIFFFile.Sample.float32, .int16] {
      var file = HandMadePatch.plain(.s2)
      file.sample = type
      let sample = try HandMadePatch(.s2, file)
      #expect(try sample.normalised(.s2) == plain.normalised(.s2))
      #expect(try sample.remarks(.s2) == [.otherType])
    }
    var file = HandMadePatch.plain(.s2)
    file.sample = .float32
    file.values[1] = .infinity
    let infinite = try HandMadePatch(.s2, file)
    #expect(try infinite.normalised(.s2, .fill)[0] == 0)
    let published = Normalisation.published.s2
    #expect(try infinite.normalised(.s2, .paper)[0] == -published.mean[0] / published.std[0])
  }

  @Test func bandsAreFoundByName() throws {
    for (kind, input) in [(FileKind.s1, Channels.s1), (.s2, .rgb)] {
      let plain = HandMadePatch.plain(kind)
      let bands = plain.bands
      let order = Array((0..<bands).map { ($0 + 1) % bands })
      var file = plain
      for pixel in 0..<48 {
        for band in 0..<bands {
          file.values[pixel * bands + band] = plain.values[pixel * bands + order[band]]
        }
      }
      file.texts[42112] = TIFFFile.metadata(
        names: order.map { kind.bandNames[$0].lowercased() }, bands: bands)
      let sample = try HandMadePatch(kind, file)
      #expect(try sample.normalised(input) == HandMadePatch(kind, plain).normalised(input))
      #expect(try sample.remarks(kind) == [.reordered])
      file.texts[42112] = TIFFFile.metadata(names: order.map { "layer \($0)" }, bands: bands)
      let unknown = try HandMadePatch(kind, file)
      #expect(try unknown.remarks(kind) == [.unknownNames])
      #expect(try unknown.normalised(input) != sample.normalised(input))
    }
    var file = HandMadePatch.plain(.s1)
    file.texts[42112] = TIFFFile.metadata(names: ["Sigma0_VV", "incidence angle"], bands: 2)
    let sample = try HandMadePatch(.s1, file)
    let error = try inputError { _ = try sample.normalised(.s1) }
    #expect(error?.problem.contains("band 2 is called 'incidence angle'") == true)
  }

  @Test(arguments: [
    (
      TIFFFile.Sample.int16, FileKind.s1,
      "expected float32 samples in a Sentinel-1 file, found int16 without a scale"
    ),
    (.uint8, .s2, "expected uint16 samples in a Sentinel-2 file, found byte without a scale"),
    (.int16, .lc, "expected byte samples in a land-cover file, found int16"),
  ])
  func samplesWithoutMeaningAreRefused(type: TIFFFile.Sample, kind: FileKind, problem: String) throws {
    var file = HandMadePatch.plain(kind)
    file.sample = type
    file.values = file.values.map { ($0 / 100).rounded() }
    let sample = try HandMadePatch(kind, file)
    let error = try inputError { _ = try sample.remarks(kind) }
    #expect(error?.problem == problem)
  }

  @Test func landCoverMustBeComplete() throws {
    var file = HandMadePatch.plain(.lc)
    file.texts[42113] = "255"
    func table(_ file: TIFFFile) throws -> LabelTable {
      let sample = try HandMadePatch(.lc, file)
      return try LabelTable(
        landCoverOf: [sample.patch], in: sample.folder, size: HandMadePatch.size, Sweep(threads: 1))
    }
    #expect(try table(file).count == 1)
    for pixel in 0..<3 { file.values[4 * pixel] = 255 }
    let error = try inputError { _ = try table(file) }
    #expect(error?.problem == "3 of 48 pixels of band 1 are nodata 255")
  }
}
