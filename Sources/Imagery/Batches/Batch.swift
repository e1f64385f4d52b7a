import Basics

/// Patches with their targets, read, normalised and interleaved. A stream uses the memory again, see `BatchStream`.
public final class Batch {
  /// Number of the batch in its epoch, from 0.
  public internal(set) var index = -1
  /// Number of samples, which may be fewer in one batch than in another.
  public var count = 0
  /// The samples of the batch, as indices into the stream's list.
  public internal(set) var indices: [Int] = []
  /// The bands, one entry for each of the stream's inputs.
  package let inputs: [Channels]
  /// Normalised samples `[N, H, W, C]`, in the order of `inputs`. N is the size of the largest batch, of
  /// which `count` rows are filled. Empty where samples are raw.
  public let images: [AlignedBuffer<Float>]
  /// The samples as they are stored; nil unless the stream delivers them instead of images.
  package let raw: RawBatch?
  /// Targets `[N, K]`, of which `count` rows are filled.
  public let targets: AlignedBuffer<Float>
  /// Height and width of the images in pixels.
  package let size: PatchSize

  /// Memory for `capacity` samples, all 0.
  /// - Parameter raw: memory for samples as they are stored; nil for images.
  /// - Throws: `InputError` (environment) for lack of memory.
  package init(
    capacity: Int, inputs: [Channels], size: PatchSize, classes: Int, raw: RawBatch? = nil
  ) throws {
    self.inputs = inputs
    self.size = size
    self.raw = raw
    images =
      try raw == nil
      ? inputs.map { try AlignedBuffer(count: capacity * size.pixels * $0.bandCount) } : []
    targets = try AlignedBuffer(count: capacity * classes)
  }

  /// The images `[N, H, W, C]` of one of the inputs.
  public func images(_ input: Channels) -> AlignedBuffer<Float> {
    guard let position = inputs.firstIndex(of: input) else {
      preconditionFailure("the batch holds no \(input.name)")
    }
    return images[position]
  }
}
