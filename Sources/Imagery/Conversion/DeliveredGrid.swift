import Basics
import Rasters

/// The types in which batches and devices get samples.
package enum DeliveredType: Hashable, Sendable {
  case uint8, uint16, float32

  package var bytes: Int {
    switch self {
    case .uint8: 1
    case .uint16: 2
    case .float32: 4
    }
  }
}

/// A pointer to the samples of a grid, in the type in which they are delivered.
package enum DeliveredValues {
  case uint8(UnsafePointer<UInt8>)
  case uint16(UnsafePointer<UInt16>)
  case float32(UnsafePointer<Float>)

  /// - Parameter memory: aligned for the type.
  package init(_ memory: UnsafeRawPointer, type: DeliveredType, count: Int) {
    switch type {
    case .uint8: self = .uint8(memory.bindMemory(to: UInt8.self, capacity: count))
    case .uint16: self = .uint16(memory.bindMemory(to: UInt16.self, capacity: count))
    case .float32: self = .float32(memory.bindMemory(to: Float.self, capacity: count))
    }
  }

  package var type: DeliveredType {
    switch self {
    case .uint8: .uint8
    case .uint16: .uint16
    case .float32: .float32
    }
  }

  var start: UnsafeRawPointer {
    switch self {
    case .uint8(let samples): UnsafeRawPointer(samples)
    case .uint16(let samples): UnsafeRawPointer(samples)
    case .float32(let samples): UnsafeRawPointer(samples)
    }
  }
}

/// The samples of one grid of a patch as batches get them: values, and NaN where they are missing.
package struct DeliveredGrid {
  package let size: PatchSize
  /// `[H, W, bands]`.
  package let values: DeliveredValues
  /// The source, for messages.
  package let source: String
  package let marks: MissingMarks
  /// The source of each band where the bands come from several; else empty.
  package let bandSources: [String]
}
