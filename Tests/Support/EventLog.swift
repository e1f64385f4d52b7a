import Foundation
import Protobuf

/// Reads the event files of a folder as TensorBoard's readers do: in the order of their names, each up to its first record
/// that is incomplete or damaged. Where a session starts, the earlier events of its step and of later ones are dropped.
///
/// Framing and checksums are computed here again, bit by bit. Fields of messages are found with the package's own reader.
package struct EventLog {
  package struct Value {
    package let tag: String
    package let step: Int
    /// Seconds since 1970.
    package let time: Double
    /// nil for a value that is no number.
    package let scalar: Float?
    /// The PNG file of an image.
    package let image: [UInt8]?
    /// The message that a plugin of TensorBoard gets, with the plugin's name.
    package let plugin: (name: String, content: [UInt8])?
    /// The text of a value that is one.
    package let text: String?
  }

  /// Every value in the order of reading.
  package private(set) var values: [Value] = []
  /// The steps at which sessions start.
  package private(set) var starts: [Int] = []
  /// Names of the event files, in order.
  package let names: [String]
  /// Bytes behind the last whole record, in all files together.
  package private(set) var tornBytes = 0

  package init(_ folder: URL) throws {
    names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
      $0.contains("tfevents")
    }
    .sorted()
    for name in names {
      var rest = try [UInt8](Data(contentsOf: folder.appending(path: name)))[...]
      while let record = Self.record(&rest) { add(record) }
      tornBytes += rest.count
    }
  }

  /// Tags in alphabetical order.
  package var tags: [String] { Set(values.map(\.tag)).sorted() }

  /// The points of a curve.
  package func points(_ tag: String) -> [(step: Int, value: Float)] {
    values.filter { $0.tag == tag }.compactMap { value in value.scalar.map { (value.step, $0) } }
  }

  /// Tags that have several values at one step.
  package var repeatedSteps: [String] {
    let places = values.map { "\($0.tag) \($0.step)" }
    return Dictionary(grouping: places) { $0 }.filter { $0.value.count > 1 }.keys.sorted()
  }

  // MARK: - Records

  /// Takes the next record; nil where the rest is no whole and sound one.
  package static func record(_ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard bytes.count >= 12 else { return nil }
    let start = bytes.startIndex
    let length = number(bytes[start..<start + 8])
    guard number(bytes[start + 8..<start + 12]) == UInt64(maskedSum(bytes[start..<start + 8])),
      length < UInt64(bytes.count), bytes.count >= 16 + Int(length)
    else { return nil }
    let contents = bytes[start + 12..<start + 12 + Int(length)]
    guard number(bytes[contents.endIndex..<contents.endIndex + 4]) == UInt64(maskedSum(contents)) else {
      return nil
    }
    bytes = bytes[(contents.endIndex + 4)...]
    return contents
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func maskedSum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var sum: UInt32 = .max
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0x82F6_3B78 : sum >> 1 }
    }
    sum = ~sum
    return (sum >> 15 | sum << 17) &+ 0xA282_EAD8
  }

  // MARK: - Events

  private mutating func add(_ record: ArraySlice<UInt8>) {
    guard let event = ProtobufFields(record) else { return }
    let (time, step) = (event.double(1), event.integer(2))
    for log in event.messages(7).compactMap(ProtobufFields.init) where log.integer(1) == 1 {
      starts.append(step)
      values.removeAll { $0.step >= step }
    }
    for summary in event.messages(5).compactMap(ProtobufFields.init) {
      for value in summary.messages(1) { values.append(Self.value(value, step, time)) }
    }
  }

  private static func value(_ bytes: ArraySlice<UInt8>, _ step: Int, _ time: Double) -> Value {
    var value = ProtobufReader(bytes)
    var scalar: Float?
    while let field = value.next() { if case (2, .float(let number)) = field { scalar = number } }
    let fields = ProtobufFields(bytes)
    func message(_ fields: ProtobufFields?, _ field: Int) -> ProtobufFields? {
      fields?.messages(field).first.flatMap(ProtobufFields.init)
    }
    let plugin = message(message(fields, 9), 1)
    return Value(
      tag: fields?.text(1) ?? "", step: step, time: time, scalar: scalar,
      image: message(fields, 4)?.messages(4).first.map(Array.init),
      plugin: plugin.map { ($0.text(1), $0.messages(2).first.map(Array.init) ?? []) },
      text: message(fields, 8)?.texts(8).first)
  }
}
