import Checkpoints
import Foundation
import TestSupport
import Testing

/// A checkpoint of `Fixtures/before`, and what HDF5's own library finds in it.
struct EarlierCheckpoint: CustomTestStringConvertible, Sendable {
  /// Of the file, in `before/`.
  let name: String
  let expected: JSON

  static let all: [EarlierCheckpoint] = {
    do {
      return try Fixtures.json("before/expected.json").dictionary.sorted { $0.key < $1.key }
        .map { EarlierCheckpoint(name: $0.key, expected: $0.value) }
    } catch {
      preconditionFailure("before/expected.json cannot be read: \(error)")
    }
  }()

  var path: String { Fixtures.url("before/\(name)").path }
  var testDescription: String { name }
}

/// What tells the tensors of a section from others, see `Fixtures/before/expected.py`.
struct SectionDigest: Equatable {
  let tensors, elements: Int
  /// Of (i + 1) · x[i] over all elements in the order of the tensors' names.
  let sum: Double
  /// Names and shapes of the first and the last tensor.
  let first, last: String

  init(_ expected: JSON) {
    func text(_ tensor: JSON) -> String { "\(tensor[0].string ?? "?") \(tensor[1].ints)" }
    (tensors, elements) = (expected.tensors.int ?? -1, expected.elements.int ?? -1)
    sum = expected.sum.double ?? .nan
    (first, last) = (text(expected.first), text(expected.last))
  }

  init(_ section: CheckpointSection, _ descriptions: [TensorInfo], of file: CheckpointFile) throws {
    let sorted = descriptions.sorted { $0.name < $1.name }
    var (count, total) = (0, 0.0)
    for description in sorted {
      for value in try file.tensor(description.name, from: section).values {
        count += 1
        total += Double(count) * Double(value)
      }
    }
    func text(_ tensor: TensorInfo?) -> String { tensor.map { "\($0.name) \($0.shape)" } ?? "-" }
    (tensors, elements, sum) = (sorted.count, count, total)
    (first, last) = (text(sorted.first), text(sorted.last))
  }
}
