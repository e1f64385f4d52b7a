/// The size of a value of a network: images `[N, H, W, C]`; vectors have a height and width of 1.
public struct Shape: Hashable, Sendable, CustomStringConvertible {
  public let batch, height, width, channels: Int

  public init(_ batch: Int, _ height: Int, _ width: Int, _ channels: Int) {
    precondition(
      batch > 0 && height > 0 && width > 0 && channels > 0,
      "no dimension of [\(batch), \(height), \(width), \(channels)] may be empty")
    self.batch = batch
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// N · H · W: the rows of the value seen as a matrix `[rows, channels]`.
  public var rows: Int { batch * height * width }

  /// Number of elements.
  public var count: Int { rows * channels }

  /// Pixels of one image.
  public var pixels: Int { height * width }

  public var description: String { "[\(batch), \(height), \(width), \(channels)]" }
}
