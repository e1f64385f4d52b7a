import Foundation

/// A JSON value whose members are read like properties, for reference documents.
///
/// The documents write NaN and the infinities as strings.
@dynamicMemberLookup
package enum JSON: Decodable, Sendable {
  case object([String: JSON])
  case list([JSON])
  case text(String)
  case flag(Bool)
  case number(Double)
  case null

  package init(contentsOf url: URL) throws { try self.init(data: Data(contentsOf: url)) }

  // JSONSerialization loses the last bits of numbers on Linux; JSONDecoder does not.
  package init(data: Data) throws { self = try JSONDecoder().decode(JSON.self, from: data) }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([JSON].self) {
      self = .list(value)
    } else if let value = try? container.decode([String: JSON].self) {
      self = .object(value)
    } else if let value = try? container.decode(Bool.self) {
      self = .flag(value)
    } else {
      self = .null
    }
  }

  package subscript(dynamicMember key: String) -> JSON { self[key] }
  package subscript(key: String) -> JSON { dictionary[key] ?? .null }
  package subscript(index: Int) -> JSON { array[index] }

  package var exists: Bool { if case .null = self { false } else { true } }
  package var array: [JSON] { if case .list(let values) = self { values } else { [] } }
  package var dictionary: [String: JSON] { if case .object(let values) = self { values } else { [:] } }
  package var string: String? { if case .text(let value) = self { value } else { nil } }
  package var bool: Bool? { if case .flag(let value) = self { value } else { nil } }
  package var int: Int? { double.flatMap { Int(exactly: $0) } }
  package var double: Double? {
    if case .number(let value) = self { return value }
    switch string {
    case "NaN": return .nan
    case "Infinity": return .infinity
    case "-Infinity": return -.infinity
    default: return nil
    }
  }
  package var ints: [Int] { array.compactMap(\.int) }
  package var doubles: [Double] { array.compactMap(\.double) }
  package var strings: [String] { array.compactMap(\.string) }
}
