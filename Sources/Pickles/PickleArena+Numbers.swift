extension PickleArena {
  /// Appends the numbers of an array of one dimension, a list or a tuple.
  /// - Returns: the count of the numbers; nil when the value is no such collection or holds anything but
  ///   numbers. When there are more than `limit`, none is appended.
  package func appendNumbers(_ value: PickleValue, atMost limit: Int, to numbers: inout [Double]) -> Int? {
    if let array = array(value), array.dtype.kind != .object {
      guard array.rank == 1, let bytes = data(array.data) else { return nil }
      guard array.count <= limit else { return array.count }
      return bytes.withUnsafeBytes { bytes in
        for index in 0..<array.count {
          guard let number = array.dtype.double(bytes, at: index * array.dtype.size) else { return nil }
          numbers.append(number)
        }
        return array.count
      }
    }
    let list = array(value)?.data ?? value
    guard kind(list) == .list || kind(list) == .tuple else { return nil }
    guard count(list) <= limit else { return count(list) }
    for item in items(list) {
      guard let number = double(item) else { return nil }
      numbers.append(number)
    }
    return count(list)
  }
}
