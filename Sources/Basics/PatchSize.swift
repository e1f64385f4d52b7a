/// Height and width of a patch in pixels.
public struct PatchSize: Hashable, Codable, Sendable, BitwiseCopyable,
  CustomStringConvertible
{
  package let height: Int
  package let width: Int

  package init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// A square patch.
  public init(_ side: Int) { self.init(height: side, width: side) }

  package var pixels: Int { height * width }

  /// "height×width".
  public var description: String { "\(height)×\(width)" }
}
