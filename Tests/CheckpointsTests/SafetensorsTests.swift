import Basics
import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite struct SafetensorsTests {
  private let folder: ScratchFolder
  private var path: String { folder.file("w.safetensors").path }

  init() throws { folder = try ScratchFolder() }

  /// A file with the given header and zeros for data.
  private func write(_ header: String, data: [UInt8]) throws {
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init)
    try Data(length + Array(header.utf8) + data).write(to: URL(filePath: path))
  }

  @Test func roundTrip() throws {
    let tensors = SampleCheckpoint.parameters + [("quote\" \\ \n", SampleCheckpoint.tensor([3], from: 1))]
    let metadata = ["bands": "[\"B2\"]", "Klasse ü\t": "", "scheme": "simplified"]
    try SafetensorsFile.write(
      tensors.map { TensorSource(name: $0.0, $0.1) }, counters: SampleCheckpoint.counters,
      metadata: metadata, to: path)
    let file = try SafetensorsFile(path: path)
    #expect(file.tensors.map(\.name) == tensors.map(\.0))
    #expect(file.counters == SampleCheckpoint.counters && file.skipped.isEmpty)
    #expect(file.metadata == metadata)
    for (name, tensor) in tensors {
      let read = try file.tensor(name)
      #expect(read.shape == tensor.shape)
      #expect(read.values.map(\.bitPattern) == tensor.values.map(\.bitPattern))
    }
    let reference = try ReferenceTensors(contentsOf: URL(filePath: path))
    for (name, tensor) in tensors { #expect(reference[name].floats == tensor.values) }
    #expect(reference["bn1.num_batches_tracked"].values == [Double(1 << 40)])
  }

  @Test func readsTheReferenceFiles() throws {
    for name in ["ops/batchnorm2d.safetensors", "models/late_separate_resnet101_bce.safetensors"] {
      let reference = try Fixtures.tensors(name)
      let file = try SafetensorsFile(path: Fixtures.url(name).path)
      #expect(!file.tensors.isEmpty)
      let counted = file.tensors.count + file.counters.count + file.skipped.count
      #expect(counted == reference.entries.count)
      for info in file.tensors {
        let tensor = try file.tensor(info.name)
        #expect(tensor.shape == reference[info.name].shape && tensor.values == reference[info.name].floats)
      }
    }
  }

  @Test func otherFloatTypesAreConverted() throws {
    try write(
      #"{"h":{"dtype":"F16","shape":[3],"data_offsets":[0,6]},"b":{"dtype":"BF16","shape":[1],"data_offsets":[6,8]},"#
        + #""d":{"dtype":"F64","shape":[1,1],"data_offsets":[8,16]},"u":{"dtype":"U8","shape":[2],"data_offsets":[16,18]}} "#,
      data: [0x00, 0x3C, 0x01, 0x00, 0x00, 0xFC, 0x40, 0xC0, 0, 0, 0, 0, 0, 0, 0xE0, 0x3F, 1, 2])
    let file = try SafetensorsFile(path: path)
    #expect(try file.tensor("h").values == [1, 0x1p-24, -.infinity])
    #expect(try file.tensor("b").values == [-3])
    #expect(try file.tensor("d") == Tensor(shape: [1, 1], values: [0.5]))
    #expect(file.skipped == ["u"])
    let error = #expect(throws: InputError.self) { try file.tensor("u") }
    #expect(error?.problem == "stores 'u' as U8, expected F32, F16, BF16, F64, F8_E4M3 or F8_E5M2")
  }

  @Test func longConversionsCrossTheirBlocks() throws {
    let count = (1 << 16) + 3
    try write(
      #"{"b":{"dtype":"BF16","shape":[\#(count)],"data_offsets":[0,\#(2 * count)]}}"#,
      data: (0..<count).flatMap { [UInt8($0 & 0x7F), 0x40] })
    let values = try SafetensorsFile(path: path).tensor("b").values
    #expect(
      [0, 1 << 16, count - 1].map { values[$0].bitPattern } == [0x4000_0000, 0x4000_0000, 0x4002_0000])
  }

  @Test func hostileFiles() throws {
    let cases = try Fixtures.json("hostile/hostile.json").files.array.filter {
      $0.file.string?.hasSuffix(".safetensors") == true
    }
    #expect(cases.count == 9)
    for one in cases {
      let path = Fixtures.url("hostile/\(one.file.string!)").path
      if one.expect.string == "accept" {
        #expect(try SafetensorsFile(path: path).tensor("w") == Tensor(zeros: [2, 2]))
      } else {
        let error = #expect(throws: InputError.self, "\(path)") { try SafetensorsFile(path: path) }
        #expect(error?.kind == .checkpoint && error?.subject == path)
      }
    }
  }

  @Test(arguments: [
    #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"v":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
    #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
    #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
    #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"extra":1}}"#,
    #"{"w":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
    #"{"w":{"dtype":"F32","shape":[2]}}"#,
    #"{"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#,
    #"{"w":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}"#,
    #"{"w":{"dtype":"F32","shape":[02],"data_offsets":[0,8]}}"#,
    #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,99999999999999999999]}}"#,
    #"{"w":{"dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}}"#,
    #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},}"#,
    #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} x"#,
    #"{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
    #"{"__metadata__":{"a":1},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
    #"{"__metadata__":{"a":"1","a":"2"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
    #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"\u001b[2J":1}}"#,
    #"{"w\u001b[31m":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#,
    #"{"w":{"dtype":"F32","shape":[0,4611686018427387904,4],"data_offsets":[0,0]}}"#,
    #"{"\udc00\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
    "{\"w\":{\"dtype\":\"F32\",\"shape\":[" + String(repeating: "1,", count: 40)
      + "2],\"data_offsets\":[0,8]}}",
    "{\"" + String(repeating: "n", count: 20_000)
      + "\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
    "{\"" + String(repeating: "n", count: 9_000)
      + "\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}",
    "{\"w\":{\"dtype\":\"" + String(repeating: "F", count: 9_000)
      + "\",\"shape\":[2],\"data_offsets\":[0,8]}}",
    String(repeating: "[", count: 300_000), "{\"w\":" + String(repeating: "{\"dtype\":", count: 100_000),
    "[]", "", "{",
  ])
  func unsoundHeadersAreRefused(_ header: String) throws {
    try write(header, data: [UInt8](repeating: 0, count: 8))
    let error = try #require(#expect(throws: InputError.self) { try SafetensorsFile(path: path) })
    #expect(error.kind == .checkpoint && error.subject == path)
    #expect(error.problem.count < 300 && error.problem == error.problem.printable, "\(error)")
  }

  @Test func escapesStandForTheirCharacters() throws {
    try write(
      #"{"__metadata__":{"\u00e9\ud83d\uDE00\/\b\f\n\r\t\"\\":"a\u0041\u2713z"},"w":{"dtype":"F32","shape":[],"#
        + #""data_offsets":[0,4]}}"#, data: [0, 0, 0x80, 0x3F])
    let file = try SafetensorsFile(path: path)
    #expect(file.metadata == ["é😀/\u{08}\u{0C}\n\r\t\"\\": "aA✓z"])
    #expect(try file.tensor("w").values == [1])
  }

  /// Longer tables would take many times their size in memory.
  @Test func tablesOfAbsurdLengthAreRefused() throws {
    let entries = (0...100_000).map { #""\#($0)":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}"# }
    try write("{\(entries.joined(separator: ","))}", data: [])
    #expect(throws: InputError.self) { try SafetensorsFile(path: path) }
    let keys = (0...100_000).map { #""\#($0)":"""# }
    try write("{\"__metadata__\":{\(keys.joined(separator: ","))}}", data: [])
    #expect(throws: InputError.self) { try SafetensorsFile(path: path) }
  }

  @Test func damagedFilesNeverCrash() throws {
    try SafetensorsFile.write(
      SampleCheckpoint.parameters.map { TensorSource(name: $0.0, $0.1) },
      counters: SampleCheckpoint.counters, metadata: ["a": "b"], to: path)
    let whole = try Array(Data(contentsOf: URL(filePath: path)))
    var refused = 0
    for bit in 0..<(whole.count * 8) {
      var damaged = whole
      damaged[bit / 8] ^= 1 << (bit % 8)
      try Data(damaged).write(to: URL(filePath: path))
      do {
        let file = try SafetensorsFile(path: path)
        for info in file.tensors { _ = try file.tensor(info.name) }
      } catch is InputError { refused += 1 }
    }
    #expect(refused > whole.count)
    for length in 0..<whole.count {
      try Data(whole.prefix(length)).write(to: URL(filePath: path))
      #expect(throws: InputError.self) { try SafetensorsFile(path: path) }
    }
  }

  @Test(arguments: ["w", "__metadata__"]) func namesThatCannotBeWrittenAreRefused(_ name: String) throws {
    let sources = [name, "w"].map { TensorSource(name: $0, Tensor(zeros: [1])) }
    let error = #expect(throws: InputError.self) { try SafetensorsFile.write(sources, to: path) }
    #expect(error?.problem == "cannot hold a second entry named '\(name)'")
  }

  @Test func failingWritesKeepTheOldFile() throws {
    let source = TensorSource(name: "w", SampleCheckpoint.tensor([4], from: 1))
    _ = try withEveryCallFailing(
      prepare: { try AtomicFile.write("old", to: $0.file("w").path) },
      action: { try SafetensorsFile.write([source], to: $0.file("w").path, files: $1) },
      check: { folder, error, failed in
        let isOld = try Data(contentsOf: folder.file("w")) == Data("old".utf8)
        #expect(isOld == (error != nil && !failed.hasPrefix("sync the folder")))
      })
  }
}
