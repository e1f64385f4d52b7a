import Foundation

/// How documents of a run are written: keys in order, indented, NaN and the infinities as strings, invisible
/// characters as escapes.
package enum ReportJSON {
  package static func encode(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    var data = try encoder.encode(value).escapingInvisible
    data.append(UInt8(ascii: "\n"))
    return data
  }

  /// On one line, for attributes of a file.
  package static func line(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// Reads a document that may come from anywhere.
  /// - Parameter values: how many it may have.
  /// - Throws: `DecodingError` for one that is damaged, or has more values or levels than any of ours.
  package static func decode<Value: Decodable>(
    _ type: Value.Type, from data: Data, values: Int = 1_000_000
  ) throws -> Value {
    guard JSONSize(of: data).isModest(values: values) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: [], debugDescription: "more values or levels than a document of this program has"))
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return try decoder.decode(type, from: data)
  }
}
