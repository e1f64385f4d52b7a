import Foundation

/// How documents of a run are written: sorted keys, indented, NaN and the infinities as strings, invisible
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

  /// JSON on one line, for attributes of a file.
  package static func line(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// Reads a document from any source, which may be hostile.
  /// - Parameter values: the most values that are read.
  /// - Throws: `DecodingError` for a damaged document, or one with more values or levels than documents of
  ///   this program.
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
