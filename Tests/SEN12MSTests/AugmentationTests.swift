import CRaster
import Testing

@testable import Basics
@testable import Imagery

@Suite struct AugmentationTests {
  private typealias Image = [[Int]]

  /// A 5×4 patch whose pixel values are their row-major numbers.
  private let file = PatchSize(height: 5, width: 4)
  private let image: Image = (0..<5).map { row in (0..<4).map { row * 4 + $0 } }

  @Test func viewsAreTheFlipsTurnsAndCropsTheyAreCalled() {
    #expect(seen { $0.flipHorizontally() } == image.map { $0.reversed() })
    #expect(seen { $0.flipVertically() } == image.reversed())
    #expect(seen { $0.turnLeft() } == turnedLeft(image))
    #expect(
      seen { $0.crop(to: PatchSize(height: 2, width: 3), top: 3, left: 1) } == [[13, 14, 15], [17, 18, 19]])
    let chain = seen {
      $0.crop(to: PatchSize(height: 3, width: 3), top: 1, left: 1)
      $0.flipHorizontally()
      $0.turnLeft()
      $0.flipVertically()
    }
    let cropped = image[1..<4].map { Array($0[1..<4]) }
    #expect(chain == turnedLeft(cropped.map { $0.reversed() }).reversed())
  }

  @Test func everyOrientationAndCropOccursAndNothingElse() throws {
    let augmentation = Augmentation(flips: true, rotations: true, crop: .random(PatchSize(3)))
    var allowed = Set<Image>()
    for top in 0...2 {
      for left in 0...1 {
        var part = image[top..<top + 3].map { Array($0[left..<left + 3]) }
        for _ in 0..<4 {
          part = turnedLeft(part)
          allowed.formUnion([part, part.reversed()])
        }
      }
    }
    let found = Set((0..<2000).map { draw(augmentation, position: $0) })
    #expect(allowed.count == 48)
    #expect(found == allowed)
  }

  @Test func centreCropIsAlwaysTheSame() throws {
    let augmentation = Augmentation(crop: .centre(PatchSize(height: 3, width: 2)))
    #expect(try augmentation.outputSize(of: file) == PatchSize(height: 3, width: 2))
    for position in 0..<5 {
      #expect(draw(augmentation, position: position) == [[5, 6], [9, 10], [13, 14]])
    }
  }

  @Test func sizesThatDoNotFitAreRefused() throws {
    for bad in [
      Augmentation(rotations: true), Augmentation(crop: .random(PatchSize(5))),
      Augmentation(crop: .centre(PatchSize(0))),
    ] {
      let error = try inputError { _ = try bad.outputSize(of: file) }
      #expect(error?.kind == .usage)
    }
    #expect(
      try Augmentation(rotations: true, crop: .centre(PatchSize(4))).outputSize(of: file) == PatchSize(4))
  }

  private func draw(_ augmentation: Augmentation, position: Int) -> Image {
    var random = SampleOrder(count: 1, shuffle: true, seed: 5, epoch: 2).augmentationStream(at: position)
    let view = augmentation.view(of: file, &random)
    return seen { $0 = view }
  }

  /// The pixels of the patch that a view shows, read by the kernel for patches.
  private func seen(_ change: (inout PatchView) -> Void) -> Image {
    var view = PatchView(of: file)
    change(&view)
    var window = view.window(bands: 1, of: 1)
    var pixels = [Float](repeating: -1, count: view.size.pixels)
    fk_raster_normalise_u16(image.joined().map(UInt16.init), &window, [0], [0], [1], &pixels)
    return (0..<view.size.height).map { row in
      (0..<view.size.width).map { Int(pixels[row * view.size.width + $0]) }
    }
  }

  private func turnedLeft(_ image: Image) -> Image {
    (0..<image[0].count).map { row in image.map { $0[image[0].count - 1 - row] } }
  }
}
