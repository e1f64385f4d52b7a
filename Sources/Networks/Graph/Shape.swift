/// The size of a value of a network: images `[N, H, W, C]`; vectors have a height and width of 1.
package struct Shape: Hashable, Sendable, CustomStringConvertible {
  package let batch, height, width, channels: Int

  package init(_ batch: Int, _ height: Int, _ width: Int, _ channels: Int) {
    precondition(
      batch > 0 && height > 0 && width > 0 && channels > 0,
      "no dimension of [\(batch), \(height), \(width), \(channels)] may be empty")
    self.batch = batch
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// N · H · W: the rows of the value seen as a matrix `[rows, channels]`.
  package var rows: Int { batch * height * width }

  /// Number of elements.
  package var count: Int { rows * channels }

  /// Number of pixels of one image.
  package var pixels: Int { height * width }

  package var description: String { "[\(batch), \(height), \(width), \(channels)]" }
}
