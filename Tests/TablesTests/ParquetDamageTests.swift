import Basics
import Foundation
import Tables
import TestSupport
import Testing

@Suite struct ParquetDamageTests {
  private static let files = [
    "bigearthnet-v2/metadata", "bigearthnet-v2/variants/gzip", "bigearthnet-v2/variants/page_v2",
    "bigearthnet-v2/variants/pandas_default_snappy", "bigearthnet-v2/variants/plain_uncompressed",
    "parquet/values-1", "parquet/values-2",
  ]

  /// Changes of each file. A study sets more, and then bounds the memory as well, which tests beside it would change.
  private static let studied = ProcessInfo.processInfo.environment["FUSIONCTL_TABLE_FLIPS"].flatMap {
    Int($0)
  }

  /// Reads damaged bytes: an error of data, or a table whose columns have as many rows as it says.
  private func read(_ file: URL, _ context: @autoclosure () -> String) {
    do {
      let table = try Table(contentsOf: file)
      for name in table.names {
        switch table.column(named: name) {
        case .texts(let texts): #expect(texts.count == table.rowCount, "\(context())")
        case .lists(let texts, let ends):
          #expect(
            ends.count == table.rowCount && Int(ends.last ?? 0) == texts.count && ends == ends.sorted(),
            "\(context())")
        case nil: Issue.record("column \(name) is missing: \(context())")
        }
      }
    } catch let error as InputError {
      #expect(error.kind == .data && error.subject == file.path && !error.problem.isEmpty, "\(context())")
    } catch {
      Issue.record("\(error): \(context())")
    }
  }

  @Test(
    arguments: studied == nil
      ? ["bigearthnet-v2/metadata_for_patches_with_snow_cloud_or_shadow"] : files)
  func cutsInTheFooter(_ name: String) throws {
    let folder = try ScratchFolder()
    let bytes = [UInt8](try Data(contentsOf: dataSetFile("\(name).parquet")))
    let length = bytes[(bytes.count - 8)...].prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    let start = bytes.count - 8 - length
    let file = folder.file("cut.parquet")
    try Data(bytes).write(to: file)
    let handle = try FileHandle(forUpdating: file)
    defer { try? handle.close() }
    // The end of the file is whole and the footer is cut.
    for size in (0..<length).reversed() {
      try handle.truncate(atOffset: UInt64(start + size + 8))
      try handle.seek(toOffset: UInt64(start + size))
      handle.write(withUnsafeBytes(of: UInt32(size).littleEndian) { Data($0) } + Data("PAR1".utf8))
      #expect(throws: InputError.self, "\(size) bytes of the footer") { try Table(contentsOf: file) }
    }
    try handle.seek(toOffset: 0)
    handle.write(Data(bytes))
    #expect(try Table(contentsOf: file).rowCount > 0, "the file is as it was")
    for size in (Array(start..<bytes.count) + [0, 1, 4, 8, 11, 12]).sorted(by: >) {
      try handle.truncate(atOffset: UInt64(size))
      #expect(throws: InputError.self, "\(size) bytes") { try Table(contentsOf: file) }
    }
  }

  @Test(arguments: files) func changedBytes(_ name: String) throws {
    let folder = try ScratchFolder()
    let file = folder.file("changed.parquet")
    let bytes = [UInt8](try Data(contentsOf: dataSetFile("\(name).parquet")))
    try Data(bytes).write(to: file)
    let handle = try FileHandle(forUpdating: file)
    defer { try? handle.close() }
    var random = RandomStream(seed: Checksum(name.utf8).value)
    for _ in 0..<(Self.studied ?? 450) {
      let place = random.integer(below: bytes.count)
      let byte = bytes[place] ^ UInt8(1 + random.integer(below: 255))
      try handle.seek(toOffset: UInt64(place))
      handle.write(Data([byte]))
      read(file, "\(name) with byte \(place) = \(byte)")
      try handle.seek(toOffset: UInt64(place))
      handle.write(Data([bytes[place]]))
    }
    if Self.studied != nil { #expect(ProcessUsage.peakResidentBytes < 600 << 20) }
    #expect(try Table(contentsOf: file).rowCount > 0, "the file is as it was")
  }
}
