import Basics
import Foundation

/// The region of each pixel of a patch, row-major.
struct RegionMap {
  /// The least share of a patch that a region covers: well above the usual label threshold of 0.1.
  static let smallestShare = 0.18

  private(set) var regions: [Int]

  /// Up to four regions with winding borders, each of at least `smallestShare` of the patch.
  init(regions count: Int, size: PatchSize, _ random: inout RandomStream) {
    precondition((1...4).contains(count), "a patch has one to four regions")
    for _ in 0..<32 {
      regions = Self.cells(count, size, &random)
      if (0..<count).allSatisfy({ share(of: $0) >= Self.smallestShare }) { return }
    }
    regions = (0..<size.pixels).map { $0 % size.width * count / size.width }
  }

  /// Region 0 with a round pond (region 1) whose share of the patch lies in `share`.
  init(pondOf share: ClosedRange<Double>, size: PatchSize, _ random: inout RandomStream) {
    let target = share.lowerBound + (share.upperBound - share.lowerBound) * random.uniform()
    let radius = (target * Double(size.pixels) / .pi).squareRoot()
    let x = radius + (Double(size.width) - 2 * radius) * random.uniform()
    let y = radius + (Double(size.height) - 2 * radius) * random.uniform()
    regions = (0..<size.pixels).map { pixel in
      let dx = Double(pixel % size.width) + 0.5 - x
      let dy = Double(pixel / size.width) + 0.5 - y
      return dx * dx + dy * dy < radius * radius ? 1 : 0
    }
  }

  /// The part of the patch that region `region` covers.
  func share(of region: Int) -> Double {
    Double(regions.count { $0 == region }) / Double(regions.count)
  }

  /// Assigns every pixel to the nearest of `count` random points. Waves in the coordinates make the borders
  /// wind.
  private static func cells(_ count: Int, _ size: PatchSize, _ random: inout RandomStream) -> [Int] {
    let points = (0..<count).map { _ in (random.uniform(), random.uniform()) }
    let phase = (2 * Double.pi * random.uniform(), 2 * Double.pi * random.uniform())
    return (0..<size.pixels).map { pixel in
      let u = (Double(pixel % size.width) + 0.5) / Double(size.width)
      let v = (Double(pixel / size.width) + 0.5) / Double(size.height)
      let x = u + 0.06 * sin(9 * v + phase.0)
      let y = v + 0.06 * sin(9 * u + phase.1)
      func distance(_ point: (Double, Double)) -> Double {
        (x - point.0) * (x - point.0) + (y - point.1) * (y - point.1)
      }
      return points.indices.min { distance(points[$0]) < distance(points[$1]) }!
    }
  }
}
