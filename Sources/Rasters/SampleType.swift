import CGDAL

/// The types in which samples are stored.
package enum SampleType: Hashable, Sendable, CaseIterable {
  case uint8, uint16, int16, float32, float64

  package var bytes: Int {
    switch self {
    case .uint8: 1
    case .uint16, .int16: 2
    case .float32: 4
    case .float64: 8
    }
  }

  /// Whether samples are integers, which are never NaN or infinite.
  package var isInteger: Bool {
    switch self {
    case .uint8, .uint16, .int16: true
    case .float32, .float64: false
    }
  }

  /// The name in manifests and messages: "uint16".
  package var name: String {
    switch self {
    case .uint8: "uint8"
    case .uint16: "uint16"
    case .int16: "int16"
    case .float32: "float32"
    case .float64: "float64"
    }
  }

  var gdal: GDALDataType {
    switch self {
    case .uint8: GDT_Byte
    case .uint16: GDT_UInt16
    case .int16: GDT_Int16
    case .float32: GDT_Float32
    case .float64: GDT_Float64
    }
  }
}

/// A pointer to the samples of an image, in their type.
package enum SampleValues {
  case uint8(UnsafePointer<UInt8>)
  case uint16(UnsafePointer<UInt16>)
  case int16(UnsafePointer<Int16>)
  case float32(UnsafePointer<Float>)
  case float64(UnsafePointer<Double>)

  /// - Parameter memory: aligned for the type.
  package init(_ memory: UnsafeRawPointer, type: SampleType, count: Int) {
    switch type {
    case .uint8: self = .uint8(memory.bindMemory(to: UInt8.self, capacity: count))
    case .uint16: self = .uint16(memory.bindMemory(to: UInt16.self, capacity: count))
    case .int16: self = .int16(memory.bindMemory(to: Int16.self, capacity: count))
    case .float32: self = .float32(memory.bindMemory(to: Float.self, capacity: count))
    case .float64: self = .float64(memory.bindMemory(to: Double.self, capacity: count))
    }
  }

  package var type: SampleType {
    switch self {
    case .uint8: .uint8
    case .uint16: .uint16
    case .int16: .int16
    case .float32: .float32
    case .float64: .float64
    }
  }

  package var start: UnsafeRawPointer {
    switch self {
    case .uint8(let samples): UnsafeRawPointer(samples)
    case .uint16(let samples): UnsafeRawPointer(samples)
    case .int16(let samples): UnsafeRawPointer(samples)
    case .float32(let samples): UnsafeRawPointer(samples)
    case .float64(let samples): UnsafeRawPointer(samples)
    }
  }
}
