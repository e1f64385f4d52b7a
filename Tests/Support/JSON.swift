import Foundation

/// A JSON value with short access, for reading reference documents.
///
/// The documents write NaN and the infinities as strings.
@dynamicMemberLookup
public enum JSON: Decodable, Sendable {
  case object([String: JSON])
  case list([JSON])
  case text(String)
  case flag(Bool)
  case number(Double)
  case null

  public init(contentsOf url: URL) throws { try self.init(data: Data(contentsOf: url)) }

  // JSONSerialization loses the last bits of numbers on Linux; JSONDecoder does not.
  public init(data: Data) throws { self = try JSONDecoder().decode(JSON.self, from: data) }

  public init(from decoder: any Decoder) throws {
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

  public subscript(dynamicMember key: String) -> JSON { self[key] }
  public subscript(key: String) -> JSON { dictionary[key] ?? .null }
  public subscript(index: Int) -> JSON { array[index] }

  public var exists: Bool { if case .null = self { false } else { true } }
  public var array: [JSON] { if case .list(let values) = self { values } else { [] } }
  public var dictionary: [String: JSON] { if case .object(let values) = self { values } else { [:] } }
  public var string: String? { if case .text(let value) = self { value } else { nil } }
  public var bool: Bool? { if case .flag(let value) = self { value } else { nil } }
  public var int: Int? { double.flatMap { Int(exactly: $0) } }
  public var double: Double? {
    if case .number(let value) = self { return value }
    switch string {
    case "NaN": return .nan
    case "Infinity": return .infinity
    case "-Infinity": return -.infinity
    default: return nil
    }
  }
  public var ints: [Int] { array.compactMap(\.int) }
  public var doubles: [Double] { array.compactMap(\.double) }
  public var strings: [String] { array.compactMap(\.string) }
}
