import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Imagery
@testable import Rasters
@testable import SEN12MS

/// Tests how well classes can be told from one sensor alone and from both, for the two signals.
@Suite struct SyntheticSignalTests {
  /// A surface as an observer sees it, and its class in the simplified scheme.
  private typealias Sight = (seen: String, scheme: Int)

  @Test func additiveClassesNeedBothSensors() {
    var random = RandomStream(seed: 3)
    let patches = (0..<4000).map { AdditiveSurfaces.draw(main: $0 % AdditiveSurfaces.classes.count, &random) }
    let optical = ceiling(patches) { "\($0.optical)" }
    let radar = ceiling(patches) { "\($0.radar)" }
    let both = ceiling(patches) { "\($0.optical) \($0.radar)" }
    #expect(optical > 0.6 && optical < 0.8, "Sentinel-2 alone reaches \(optical)")
    #expect(radar > 0.6 && radar < 0.8, "Sentinel-1 alone reaches \(radar)")
    #expect(both == 1)
  }

  @Test func interactionClassesAreHiddenFromEachSensor() {
    let patches = InteractionSurfaces.kinds.map { [$0] }
    #expect(abs(ceiling(patches) { "\($0.optical)" } - 2.0 / 3) < 1e-12)
    #expect(abs(ceiling(patches) { "\($0.radar)" } - 2.0 / 3) < 1e-12)
    #expect(ceiling(patches) { "\($0.optical) \($0.radar)" } == 1)
    // Exclusive or: no sum of one score for each sensor has the sign of the class for all four kinds.
    let classes = InteractionSurfaces.kinds.map(\.igbp)
    #expect(classes == [10, 10, 12, 12])
    for pair in [[0, 1], [2, 3]] {
      let (first, second) = (InteractionSurfaces.kinds[pair[0]], InteractionSurfaces.kinds[pair[1]])
      #expect(first.optical != second.optical && first.radar != second.radar)
    }
  }

  @Test func signaturesAreFarApart() {
    for (index, one) in OpticalSignature.allCases.enumerated() {
      for other in OpticalSignature.allCases[(index + 1)...] {
        let clear = zip(one.reflectance, other.reflectance).count { abs($0 - $1) > 0.12 * max($0, $1) }
        #expect(clear >= 3, "\(one) \(other)")
      }
    }
    for (index, one) in RadarSignature.allCases.enumerated() {
      for other in RadarSignature.allCases[(index + 1)...] {
        #expect(zip(one.decibels, other.decibels).contains { abs($0 - $1) >= 3 }, "\(one) \(other)")
      }
    }
  }

  /// In the written files, pixels of confused classes have the same mean in one sensor and not in the other.
  @Test func pixelsOfConfusedClassesDifferInOneSensorOnly() throws {
    let sample = try SyntheticSample(scenes: 8, patches: 10, size: 16, seed: 5)
    let (s1, s2) = try classMeans(sample)
    for (one, other) in [(13, 16), (4, 11)] {
      #expect(abs(s2[one]! / s2[other]! - 1) < 0.08, "\(one) \(other) in Sentinel-2")
      #expect(abs(s1[one]! - s1[other]!) > 2.5, "\(one) \(other) in Sentinel-1")
    }
    for (one, other) in [(10, 12), (15, 17)] {
      #expect(abs(s1[one]! - s1[other]!) < 1, "\(one) \(other) in Sentinel-1")
      #expect(abs(s2[one]! / s2[other]! - 1) > 0.12, "\(one) \(other) in Sentinel-2")
    }
  }

  @Test func interactionPatchesHaveOneClassAndAreBalanced() throws {
    let sample = try SyntheticSample(scenes: 3, patches: 8, signal: .interaction)
    var counts: [[Float]: Int] = [:]
    for patch in sample.patches {
      let fractions = try #require(sample.labels[patch])
      #expect(fractions[16] > 0 && fractions[16] < 0.1)
      counts[ClassScheme.simplified.target(fractions, .multiLabel(threshold: 0.1)), default: 0] += 1
    }
    let grassland: [Float] = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    let cropland: [Float] = [0, 0, 0, 0, 0, 1, 0, 0, 0, 0]
    #expect(counts == [grassland: 12, cropland: 12])
  }

  /// Each sensor is noise in three of ten patches, never both, and each class differs from the others in both sensors.
  @Test func unreliablePatchesHaveOneNoisySensorAtMost() {
    let kinds = UnreliableSurfaces.kinds
    #expect(Set(kinds.map(\.optical)).count == kinds.count && Set(kinds.map(\.radar)).count == kinds.count)
    #expect(Set(kinds.map(\.igbp)).count == kinds.count)
    var random = RandomStream(seed: 4)
    let draws = (0..<7000).map { UnreliableSurfaces.noise(kind: $0 % kinds.count, &random) }
    for sensor in [SensorNoise.Sensor.radar, .optical] {
      #expect(abs(Double(draws.count { $0?.sensor == sensor }) / 7000 - 0.3) < 0.02)
    }
    #expect(draws.enumerated().allSatisfy { $1 == nil || $1!.decoy != kinds[$0 % kinds.count] })
  }

  /// In the written files, the noisy sensor of a patch varies far more from pixel to pixel than the other.
  @Test func noiseIsInTheFilesOfOneSensor() throws {
    let sample = try SyntheticSample(scenes: 4, patches: 20, size: 16, seed: 5, signal: .unreliable)
    let reader = GeoTIFFReader()
    func deviation(_ patch: PatchID, _ kind: FileKind, _ band: Int) throws -> Double {
      let values = try reader.doubles(
        sample.folder.file(patch, kind).path, kind: kind, bands: [band], size: sample.size)
      let mean = values.reduce(0, +) / Double(values.count)
      return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
    }
    let noisy = try sample.patches.map { patch in
      (radar: try deviation(patch, .s1, 1) > 4.2, optical: try deviation(patch, .s2, 8) > 700)
    }
    #expect(!noisy.contains { $0.radar && $0.optical })
    #expect((12...36).contains(noisy.count { $0.radar }) && (12...36).contains(noisy.count { $0.optical }))
  }

  @Test func regionsAreClearPartsOfAPatch() {
    var random = RandomStream(seed: 9)
    for count in 1...4 {
      for size in [PatchSize(16), PatchSize(height: 20, width: 33)] {
        for _ in 0..<10 {
          let map = RegionMap(regions: count, size: size, &random)
          let shares = (0..<count).map { map.share(of: $0) }
          #expect(abs(shares.reduce(0, +) - 1) < 1e-12)
          #expect(shares.allSatisfy { $0 >= RegionMap.smallestShare })
        }
      }
    }
  }

  /// The best micro-averaged F1 of an observer who knows without error the sights of a patch. For each sight,
  /// the observer answers the classes whose probability reaches a threshold; the best threshold is used.
  private func ceiling(_ patches: [[Surface]], sight: (Surface) -> String) -> Double {
    var members: [String: [Int: Double]] = [:]
    let seen = patches.map { surfaces in surfaces.map { (seen: sight($0), scheme: Self.scheme($0)) } }
    for patch in seen {
      for (name, scheme) in patch { members[name, default: [:]][scheme, default: 0] += 1 }
    }
    return (1...20).map { step in
      let threshold = Double(step) / 20
      var hits = 0.0
      var answers = 0.0
      var truths = 0.0
      for patch in seen {
        let truth = Set(patch.map(\.scheme))
        let answer = patch.reduce(into: Set<Int>()) { answer, sight in
          let counts = members[sight.seen]!
          let total = counts.values.reduce(0, +)
          answer.formUnion(counts.filter { $0.value / total >= threshold }.keys)
        }
        hits += Double(truth.intersection(answer).count)
        answers += Double(answer.count)
        truths += Double(truth.count)
      }
      return 2 * hits / (answers + truths)
    }.max()!
  }

  private static func scheme(_ surface: Surface) -> Int {
    ClassScheme.simplified.dominantClass(
      IGBPFractions((1...17).map { $0 == Int(surface.igbp) ? 1.0 : 0.0 }))
  }

  /// Mean over pixels and over patches, by IGBP class: VV in dB, and near infrared reflectance × 10⁴ (B8).
  private func classMeans(_ sample: SyntheticSample) throws -> (s1: [Int: Double], s2: [Int: Double]) {
    let reader = GeoTIFFReader()
    let pixels = sample.size.pixels
    var sums: [Int: (s1: Double, s2: Double, count: Double)] = [:]
    for patch in sample.patches {
      func read(_ kind: FileKind, _ band: Int) throws -> [Double] {
        try reader.doubles(
          sample.folder.file(patch, kind).path, kind: kind, bands: [band], size: sample.size)
      }
      let classes = try read(.lc, 1)
      let s1 = try read(.s1, 1)
      let s2 = try read(.s2, 8)
      for pixel in 0..<pixels {
        var sum = sums[Int(classes[pixel])] ?? (0, 0, 0)
        sum.s1 += s1[pixel]
        sum.s2 += s2[pixel]
        sum.count += 1
        sums[Int(classes[pixel])] = sum
      }
    }
    return (sums.mapValues { $0.s1 / $0.count }, sums.mapValues { $0.s2 / $0.count })
  }
}
