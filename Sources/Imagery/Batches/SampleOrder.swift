import Basics

/// The random order and the random numbers of an epoch. Seed, epoch and position alone decide them.
struct SampleOrder: Sendable {
  private enum Purpose: UInt64 {
    case order, augmentation
  }

  private let seed: UInt64
  private let epoch: UInt64
  /// The index of the sample at each position of the epoch.
  let indices: [Int]

  init(count: Int, shuffle: Bool, seed: UInt64, epoch: Int) {
    self.seed = seed
    self.epoch = UInt64(epoch)
    if shuffle {
      var random = RandomStream(seed: seed, path: self.epoch, Purpose.order.rawValue)
      indices = random.permutation(count)
    } else {
      indices = Array(0..<count)
    }
  }

  /// The random numbers for the sample at `position`.
  func augmentationStream(at position: Int) -> RandomStream {
    RandomStream(seed: seed, path: epoch, Purpose.augmentation.rawValue, UInt64(position))
  }
}
