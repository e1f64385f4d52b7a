import Basics

/// A tensor as a PyTorch file describes it: a view of a storage.
struct StoredTensor: Sendable {
  /// A run of elements that tensors share.
  struct Storage: Hashable, Sendable {
    /// The name of its data in the file.
    let key: String
    let type: ElementType
    /// Number of elements.
    let count: Int
    /// Elements of the data before the storage begins. Old files have storages that are parts of others.
    var start = 0
  }

  let storage: Storage
  /// How the tensor's elements are read. It differs from the storage's type where that is of plain bytes.
  let type: ElementType
  /// Row-major.
  let shape: [Int]
  /// Elements of the storage between neighbours of a dimension; 0 repeats the same element, or is that of a dimension of one.
  let strides: [Int]
  /// The element of the storage where the tensor begins.
  let offset: Int

  /// The most elements of a tensor: 16 GiB as float32. A view may repeat one element, so the size of the file is no limit.
  static let countLimit = 1 << 32
  /// The longest run of a storage that is read for a tensor that does not fill it, bytes.
  static let windowLimit = 256 << 20

  /// Number of elements.
  var count: Int { shape.reduce(1, *) }

  /// The elements of the storage from the tensor's first to its last; empty for a tensor without elements.
  var window: Range<Int> {
    guard !shape.contains(0) else { return offset..<offset }
    return offset..<offset + zip(shape, strides).reduce(1) { $0 + ($1.0 - 1) * $1.1 }
  }

  /// - Returns: nil for a view that is impossible, or that leaves its storage.
  init?(_ storage: Storage, as type: ElementType, shape: [Int], strides: [Int], offset: Int) {
    guard shape.count == strides.count, shape.count <= TensorSize.rankLimit, offset >= 0,
      shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }),
      let bytes = TensorSize.bytes(shape: shape, elementBytes: 1), bytes <= Self.countLimit
    else { return nil }
    var last = offset
    for (length, stride) in zip(shape, strides) where length > 1 && !shape.contains(0) {
      let (reach, isLong) = (length - 1).multipliedReportingOverflow(by: stride)
      let (sum, isLonger) = last.addingReportingOverflow(reach)
      if isLong || isLonger { return nil }
      last = sum
    }
    guard shape.contains(0) ? offset <= storage.count : last < storage.count else { return nil }
    (self.storage, self.type, self.shape, self.offset) = (storage, type, shape, offset)
    // A stride of a dimension of one element is never used, and may be any number, such as 2⁶³ − 1.
    self.strides = zip(shape, strides).map { $0 > 1 ? $1 : 0 }
  }

  /// Whether the elements are one run of the storage in the tensor's own order.
  var isContiguous: Bool {
    var expected = 1
    for (length, stride) in zip(shape, strides).reversed() where length != 1 {
      if stride != expected { return false }
      expected *= length
    }
    return true
  }

  /// Places of the elements, counted from the first.
  var places: some Sequence<Int> { ViewPlaces(shape: shape, strides: strides) }
}

/// The places of a view's elements in its own order, row-major.
private struct ViewPlaces: Sequence, IteratorProtocol {
  private let shape, strides: [Int]
  private var index: [Int]
  private var place = 0
  private var left: Int

  init(shape: [Int], strides: [Int]) {
    (self.shape, self.strides) = (shape, strides)
    index = shape.map { _ in 0 }
    left = shape.reduce(1, *)
  }

  mutating func next() -> Int? {
    guard left > 0 else { return nil }
    left -= 1
    defer {
      var dimension = shape.count - 1
      while dimension >= 0 {
        index[dimension] += 1
        place += strides[dimension]
        if index[dimension] < shape[dimension] { break }
        place -= shape[dimension] * strides[dimension]
        index[dimension] = 0
        dimension -= 1
      }
    }
    return place
  }
}
