/// The grid of a launch. Every block has 256 threads. A grid depends on shapes alone, so sums have the same order on
/// every device.
package struct LaunchShape: Hashable, Sendable {
  /// Threads of a block.
  package static let threads = 256

  /// Blocks in x and in y.
  package let blocks, rows: Int

  private init(_ blocks: Int, rows: Int = 1) {
    precondition((1...0x7FFF_FFFF).contains(blocks), "a grid has 1 to 2147483647 blocks in x, not \(blocks)")
    precondition((1...65535).contains(rows), "a grid has 1 to 65535 blocks in y, not \(rows)")
    (self.blocks, self.rows) = (blocks, rows)
  }

  private static func groups(_ count: Int, of size: Int) -> Int { (count + size - 1) / size }

  /// One block.
  package static let one = LaunchShape(1)

  /// Passes over `count` elements: eight a thread.
  package static func pass(count: Int) -> LaunchShape { LaunchShape(groups(count, of: 8 * threads)) }

  /// One element a thread.
  package static func elements(_ count: Int) -> LaunchShape { LaunchShape(groups(count, of: threads)) }

  /// One number a warp of 32 threads.
  package static func warps(_ count: Int) -> LaunchShape { LaunchShape(groups(count, of: threads / 32)) }

  /// Eight channels of a row a thread, e.g. of the pixels of a pool's output.
  package static func bundles(rows: Int, channels: Int) -> LaunchShape {
    LaunchShape(groups(rows * groups(channels, of: 8), of: threads))
  }

  /// Second stages of sums over rows: 32 channels a block.
  package static func channels(_ count: Int) -> LaunchShape { LaunchShape(groups(count, of: 32)) }

  /// Sums over the pixels of each image: 64 channels of an image a block.
  package static func images(_ count: Int, channels: Int) -> LaunchShape {
    LaunchShape(groups(channels, of: 64), rows: count)
  }

  /// One token of one head for two threads, for attention: `rows` of the shape is the number of heads of all images.
  package static func heads(_ count: Int, tokens: Int) -> LaunchShape {
    LaunchShape(groups(tokens, of: threads / 2), rows: count)
  }

  /// First stages of sums over rows: 64 channels of a slab of rows a block; `rows` of the shape is the number of slabs.
  package static func columns(rows: Int, channels: Int) -> LaunchShape {
    LaunchShape(
      groups(channels, of: 64), rows: groups(rows, of: slabRows(rows: rows, channels: channels)))
  }

  /// Rows of a slab: a multiple of the 32 rows that a block reads at a time. There are about 1024 blocks, which fill
  /// every device, unless slabs would have less than 128 rows.
  package static func slabRows(rows: Int, channels: Int) -> Int {
    let most = max(1, 1024 / groups(channels, of: 64))
    let slabs = min(most, groups(rows, of: 128))
    return 32 * groups(groups(rows, of: slabs), of: 32)
  }

  /// Kernels that go over `count` elements in strides of the whole grid: at most 1024 blocks.
  package static func strided(_ count: Int) -> LaunchShape {
    LaunchShape(min(1024, groups(count, of: 8 * threads)))
  }
}
