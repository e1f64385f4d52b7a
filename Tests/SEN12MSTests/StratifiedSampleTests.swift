import Basics
import Imagery
import SEN12MS
import Testing

struct StratifiedSampleTests {
  private let patches = (0..<3000).map { PatchID(roi: 1158, season: .spring, scene: 1, patch: $0) }

  /// Classes as land cover has them: a few common ones, some in a tenth, one in 3 of 3,000 patches.
  private func classes(_ patch: PatchID) -> UInt32 {
    let number = patch.patch
    var random = RandomStream(seed: 5, path: UInt64(number))
    var set: UInt32 = number % 1000 == 500 ? 1 << 9 : 0
    for (bit, share) in [(0, 0.6), (1, 0.4), (2, 0.1), (3, 0.03), (16, 0.01)] where random.uniform() < share {
      set |= 1 << bit
    }
    return set
  }

  private func support(_ patches: [PatchID], _ bit: Int) -> Int {
    patches.count { classes($0) & 1 << bit != 0 }
  }

  private func draw(_ count: Int, seed: UInt64) -> [PatchID] {
    var random = RandomStream(seed: seed)
    return stratifiedSample(of: patches, count: count, classes: classes, random: &random)
  }

  @Test(arguments: [300, 100, 40], [0, 1, 2] as [UInt64])
  func eachClassKeepsItsShare(count: Int, seed: UInt64) {
    let drawn = draw(count, seed: seed)
    #expect(
      drawn.count == count && Set(drawn).count == count && drawn == drawn.sorted { $0.patch < $1.patch })
    for bit in [0, 1, 2, 3, 9, 16] {
      let wanted = Double(support(patches, bit) * count) / Double(patches.count)
      let found = support(drawn, bit)
      #expect(found >= 1, "class \(bit)")
      // Each group of patches with equal classes gives its share to within one patch. A plain draw of 300
      // misses a share by 8 and more.
      #expect(abs(Double(found) - wanted) <= 4, "class \(bit): \(found), wanted \(wanted)")
    }
  }

  @Test func itIsAFunctionOfTheSeed() {
    #expect(draw(100, seed: 3) == draw(100, seed: 3))
    #expect(draw(100, seed: 3) != draw(100, seed: 4))
    #expect(draw(3000, seed: 3) == patches && draw(5000, seed: 3) == patches)
    // One patch cannot show all six classes; that is no error.
    #expect(draw(1, seed: 0).count == 1)
  }
}
