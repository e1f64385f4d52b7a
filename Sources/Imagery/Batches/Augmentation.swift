import Basics

/// Random changes of training patches that keep their labels, and cropping.
package struct Augmentation: Equatable, Codable, Sendable {
  /// The part of a patch that is used.
  package enum Crop: Equatable, Codable, Sendable {
    /// The whole patch.
    case none
    case centre(PatchSize)
    /// Another place in every epoch; for training only.
    case random(PatchSize)
  }

  /// Mirror left–right and top–bottom, each with probability ½.
  package var flips: Bool
  /// Turn by 0, 90, 180 or 270 degrees, each with probability ¼.
  package var rotations: Bool
  package var crop: Crop

  package init(flips: Bool = false, rotations: Bool = false, crop: Crop = .none) {
    self.flips = flips
    self.rotations = rotations
    self.crop = crop
  }

  /// Patches as they are.
  package static let none = Augmentation()

  /// The size of the result for patches of a size.
  /// - Throws: `InputError` (usage) when the crop does not fit, or a patch to be turned is not square.
  package func outputSize(of file: PatchSize) throws -> PatchSize {
    let size: PatchSize
    switch crop {
    case .none: size = file
    case .centre(let crop), .random(let crop): size = crop
    }
    guard size.height >= 1, size.width >= 1, size.height <= file.height, size.width <= file.width else {
      throw InputError(
        .usage, "crop", "expected a size within the patches' \(file) pixels, found \(size)",
        remedy: "choose a smaller crop")
    }
    guard !rotations || size.height == size.width else {
      throw InputError(
        .usage, "rotations", "patches of \(size) pixels cannot be turned by 90°",
        remedy: "crop to a square or switch rotations off")
    }
    return size
  }

  /// Draws the view of one patch. The settings alone decide how many random numbers are drawn.
  func view(of file: PatchSize, _ random: inout RandomStream) -> PatchView {
    var view = PatchView(of: file)
    switch crop {
    case .none: break
    case .centre(let size):
      view.crop(to: size, top: (file.height - size.height) / 2, left: (file.width - size.width) / 2)
    case .random(let size):
      let top = random.integer(below: file.height - size.height + 1)
      let left = random.integer(below: file.width - size.width + 1)
      view.crop(to: size, top: top, left: left)
    }
    if flips {
      if random.next() >> 63 == 1 { view.flipHorizontally() }
      if random.next() >> 63 == 1 { view.flipVertically() }
    }
    if rotations {
      for _ in 0..<random.integer(below: 4) { view.turnLeft() }
    }
    return view
  }
}
