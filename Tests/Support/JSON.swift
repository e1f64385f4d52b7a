import Foundation

/// A JSON value with short access, for reading reference documents.
///
/// The documents write NaN and the infinities as strings.
@dynamicMemberLookup
public struct JSON: @unchecked Sendable {
  public let value: Any

  public init(contentsOf url: URL) throws { try self.init(data: Data(contentsOf: url)) }
  public init(data: Data) throws {
    value = try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
  }
  init(_ value: Any) { self.value = value }

  public subscript(dynamicMember key: String) -> JSON { self[key] }
  public subscript(key: String) -> JSON { JSON((value as? [String: Any])?[key] ?? NSNull()) }
  public subscript(index: Int) -> JSON { array[index] }

  public var exists: Bool { !(value is NSNull) }
  public var array: [JSON] { (value as? [Any] ?? []).map(JSON.init) }
  public var dictionary: [String: JSON] { (value as? [String: Any] ?? [:]).mapValues(JSON.init) }
  public var string: String? { value as? String }
  public var bool: Bool? { value as? Bool }
  public var int: Int? { (value as? NSNumber)?.intValue }
  public var double: Double? {
    if let number = value as? NSNumber { return number.doubleValue }
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
