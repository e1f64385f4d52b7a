import ForeignWeights

extension WeightFile {
  /// All elements of a tensor.
  func values(_ entry: Entry) throws -> [Float] {
    var values = [Float](repeating: -1, count: entry.count)
    try values.withUnsafeMutableBufferPointer { try read(entry, into: $0) }
    return values
  }

  /// A tensor by its place: `model_state_dict/conv1.weight`.
  func entry(_ path: String) -> Entry? {
    entries.first { ($0.group.isEmpty ? $0.name : "\($0.group)/\($0.name)") == path }
  }
}
