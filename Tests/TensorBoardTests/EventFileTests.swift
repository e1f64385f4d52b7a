import Foundation
import Protobuf
import Synchronization
import TestSupport
import Testing

@testable import Basics
@testable import TensorBoard

@Suite struct EventFileTests {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private var folder: URL { scratch.file("events") }

  private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }

  // MARK: - Bytes, as TensorBoard 2.21 writes the same events

  @Test func recordsHaveTheirLengthAndTwoMaskedSums() {
    #expect(
      hex(EventRecord.framed(Event(time: 1.5, step: 3, .version).bytes))
        == "1a00000000000000129bd82d09000000000000f83f10031a0d627261696e2e4576656e743a32e3c0b95c")
    #expect(
      hex(EventRecord.framed(Event(time: 1.5, step: 7, .sessionStart).bytes))
        == "0f000000000000006d532b0909000000000000f83f10073a020801774771c7")
  }

  @Test func valuesAreThoseMessages() {
    #expect(
      hex(Event(time: 1.5, step: 300, .values([.scalar("loss/train", 0.25, meaning: "Mean.")])).bytes)
        == "09000000000000f83f10ac022a270a250a0a6c6f73732f747261696e150000803e4a120a090a077363616c6172731a054d65616e2e"
    )
    let image = PNGImage(width: 3, height: 2, bytes: [0x89, 0x50, 0x4E, 0x47])
    #expect(
      hex(TaggedValue.image("p", image, meaning: "M").message.bytes)
        == "0a0170220c080210031803220489504e474a0d0a080a06696d616765731a014d")
    #expect(
      hex(TaggedValue.text("t", "# a").message.bytes) == "0a017442090807120042032320614a080a060a0474657874")
  }

  @Test func parametersAreThoseMessages() throws {
    func contents(_ settings: [(String, HyperParameters.Value?)]) throws -> [String] {
      let parameters = HyperParameters(
        settings: settings.map { (name: $0.0, value: $0.1) }, results: [(tag: "best/f1", title: "best")])
      return try parameters.beginning(name: "run", time: 1.5).map { value in
        let fields = try #require(ProtobufFields(value.message.bytes[...]))
        let metadata = try #require(fields.messages(9).first.flatMap(ProtobufFields.init))
        let plugin = try #require(metadata.messages(1).first.flatMap(ProtobufFields.init))
        #expect(plugin.text(1) == "hparams")
        return "\(fields.text(1)) \(hex(plugin.messages(2).first.map(Array.init) ?? []))"
      }
    }
    let number = try contents([("lr", .number(0.5))])
    #expect(
      number[0].hasSuffix(
        "experiment 122b"
          + "19000000000000f83f22060a026c7220032a130a091207626573742f66311a04626573742802320372756e"))
    #expect(
      number[1].hasSuffix("session_start_info 1a1a" + "0a0f0a026c72120911000000000000e03f29000000000000f83f"))
    let text = try contents([("f", .text("late"))])[1]
    #expect(text.contains("0a0b0a016612061a046c617465"))
    #expect(try contents([("b", .truth(true))])[1].contains("0a070a016212022001"))
    #expect(try contents([("none", nil)])[1].hasSuffix("1a09" + "29000000000000f83f"))
  }

  // MARK: - Files

  @Test func aFileSortsBehindTheOthersAndIsReadBack() throws {
    for number in 1...3 {
      let file = try EventFile(in: folder.path, files: .system)
      try file.write([
        Event(time: 1, step: 2 * number, .sessionStart),
        Event(time: 2, step: 2 * number, .values([.scalar("a", Double(number)), .text("t", "x")])),
        Event(time: 3, step: 2 * number + 2, .values([.scalar("a", 10 + Double(number))])),
      ])
    }
    let log = try EventLog(folder)
    #expect(log.names.count == 3 && log.names.allSatisfy(EventFile.isName) && log.tornBytes == 0)
    // Each start drops what the file before wrote of its step.
    #expect(log.starts == [2, 4, 6] && log.points("a").map(\.step) == [2, 4, 6, 8])
    #expect(log.points("a").map(\.value) == [1, 2, 3, 13] && log.repeatedSteps == [])
    #expect(!EventFile.isName("events.out.tfevents.1.host.2.0") && !EventFile.isName("notes.fusionctl"))
  }

  /// Wherever a file is cut, the events before the cut are read, and a later file goes on.
  @Test func aTornRecordCostsNothingBeforeIt() throws {
    let file = try EventFile(in: folder.path, files: .system)
    for step in 1...3 { try file.write([Event(time: 1, step: step, .values([.scalar("a", Double(step))]))]) }
    let whole = try Data(contentsOf: URL(filePath: file.path))
    let last = EventRecord.framed(Event(time: 1, step: 3, .values([.scalar("a", 3)])).bytes).count
    for cut in 1..<last {
      try whole.dropLast(cut).write(to: URL(filePath: file.path))
      #expect(try EventLog(folder).points("a").map(\.step) == [1, 2], "\(cut) bytes are missing")
    }
    let next = try EventFile(in: folder.path, files: .system)
    try next.write([
      Event(time: 1, step: 3, .sessionStart), Event(time: 1, step: 3, .values([.scalar("a", 30)])),
    ])
    #expect(try EventLog(folder).points("a").map(\.value) == [1, 2, 30])
  }

  @Test func aFullDiskLeavesWholeRecords() throws {
    let isFull = Atomic(false)
    let files = FileSystem { call, _ in call == .write && isFull.load(ordering: .relaxed) ? ENOSPC : 0 }
    let file = try EventFile(in: folder.path, files: files)
    try file.write([Event(time: 1, step: 1, .values([.scalar("a", 1)]))])
    isFull.store(true, ordering: .relaxed)
    let error = try #require(
      #expect(throws: InputError.self) {
        try file.write([Event(time: 1, step: 2, .values([.scalar("a", 2)]))])
      })
    #expect(error.kind == .environment && error.subject == file.path && error.problem.contains("no space"))
    let log = try EventLog(folder)
    #expect(log.points("a").map(\.step) == [1] && log.tornBytes == 0)
  }
}
