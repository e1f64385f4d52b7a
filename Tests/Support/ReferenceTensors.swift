import Foundation

/// The tensors of a reference safetensors file, converted to float64.
package struct ReferenceTensors: Sendable {
  package struct Entry: Sendable {
    package let shape: [Int]
    package let values: [Double]
    package var floats: [Float] { values.map(Float.init) }
  }

  package let entries: [String: Entry]

  package init(contentsOf url: URL) throws {
    let data = try Data(contentsOf: url)
    let headerCount = Int(data.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
    let header = try JSON(data: data.subdata(in: 8..<8 + headerCount))
    let body = data.subdata(in: 8 + headerCount..<data.count)
    var entries: [String: Entry] = [:]
    for (name, entry) in header.dictionary where name != "__metadata__" {
      let range = entry.data_offsets.ints
      let bytes = body.subdata(in: range[0]..<range[1])
      entries[name] = Entry(
        shape: entry.shape.ints, values: try Self.decode(bytes, dtype: entry.dtype.string ?? ""))
    }
    self.entries = entries
  }

  package subscript(name: String) -> Entry {
    guard let entry = entries[name] else { preconditionFailure("the reference file has no tensor \(name)") }
    return entry
  }

  private static func decode(_ bytes: Data, dtype: String) throws -> [Double] {
    func read<T>(_ type: T.Type, _ convert: (T) -> Double) -> [Double] {
      bytes.withUnsafeBytes { raw in
        (0..<raw.count / MemoryLayout<T>.size).map {
          convert(raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self))
        }
      }
    }
    switch dtype {
    case "F64": return read(Double.self) { $0 }
    case "F32": return read(Float.self, Double.init)
    case "I64": return read(Int64.self, Double.init)
    case "U16": return read(UInt16.self, Double.init)
    case "U8": return read(UInt8.self, Double.init)
    default: throw CocoaError(.fileReadCorruptFile)
    }
  }
}

/// The largest absolute difference, divided by the largest absolute reference value.
package func relativeError(_ values: some Collection<Float>, _ reference: [Double]) -> Double {
  precondition(values.count == reference.count, "\(values.count) values against \(reference.count)")
  var difference = 0.0
  var scale = 0.0
  for (value, expected) in zip(values, reference) {
    let error = abs(Double(value) - expected)
    difference = error.isNaN ? .infinity : max(difference, error)
    scale = max(scale, abs(expected))
  }
  return scale == 0 ? difference : difference / scale
}
