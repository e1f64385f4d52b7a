import Basics
import Foundation

/// A value of a JSON file in a data folder.
struct JSONValue {
  private let value: Any

  /// - Parameter limit: the longest file that is read, bytes.
  /// - Throws: `InputError` (data) for a file that is absent, too long, or no JSON.
  init(contentsOf url: URL, limit: Int) throws {
    let bytes = try fileBytes(of: url, limit: limit)
    do {
      value = try JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])
    } catch {
      throw InputError(.data, url.path, "is no readable JSON", remedy: "take a fresh copy of the file")
    }
  }

  private init(_ value: Any) { self.value = value }

  /// The value at a key of an object.
  subscript(key: String) -> JSONValue? { (value as? [String: Any])?[key].map(JSONValue.init) }

  var list: [JSONValue]? { (value as? [Any])?.map(JSONValue.init) }

  var text: String? { value as? String }

  /// A text, or a whole number as a text.
  var name: String? {
    if let text { return text }
    guard let number = value as? NSNumber, !(value is Bool) else { return nil }
    let double = number.doubleValue
    return double.rounded() == double && abs(double) < 9e15 ? "\(number.int64Value)" : nil
  }
}
