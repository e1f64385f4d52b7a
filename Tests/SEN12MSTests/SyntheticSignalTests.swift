import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Imagery
@testable import Rasters
@testable import SEN12MS

/// Tests how well classes can be told from one sensor alone and from both, for each signal.
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

  /// Each class differs from the others in both sensors. It rains in half of the patches. Sentinel-2 is wrong in 35 % of them,
  /// whether it rains or not. A wrong surface is never the patch's own.
  @Test func unreliablePatchesAreWrongAsOftenAsStated() {
    let kinds = UnreliableSurfaces.kinds
    #expect(Set(kinds.map(\.optical)).count == kinds.count && Set(kinds.map(\.radar)).count == kinds.count)
    #expect(Set(kinds.map(\.igbp)).count == kinds.count)
    var random = RandomStream(seed: 4)
    let draws = (0..<7000).map { UnreliableSurfaces.faults(kind: $0 % kinds.count, &random) }
    func share(_ isCounted: (SensorFaults) -> Bool) -> Double { Double(draws.count(where: isCounted)) / 7000 }
    #expect(abs(share { $0.rain != nil } - 0.5) < 0.02)
    #expect(abs(share { $0.lookAlike != nil } - 0.35) < 0.02)
    #expect(abs(share { $0.rain != nil && $0.lookAlike != nil } - 0.175) < 0.02)
    for (index, faults) in draws.enumerated() {
      #expect(faults.rain != kinds[index % kinds.count] && faults.lookAlike != kinds[index % kinds.count])
    }
  }

  /// The written files show what `faults.csv` says. Rain cannot be seen in Sentinel-1, where a wrong surface looks like a right
  /// one. It can be seen in Sentinel-2: haze makes B2 brighter, and B4 less so.
  @Test func rainIsSeenInTheOtherSensor() throws {
    let sample = try SyntheticSample(scenes: 4, patches: 35, size: 16, seed: 5, signal: .unreliable)
    let rows = try String(contentsOf: sample.labelFolder.url.appending(path: "faults.csv"), encoding: .utf8)
      .split(separator: "\n").map { $0.split(separator: ",") }
    #expect(rows.first == ["id", "rain", "look_alike"])
    let faults = Dictionary(
      uniqueKeysWithValues: rows.dropFirst().map { ($0[0], ($0[1] == "1", $0[2] == "1")) })
    #expect(faults.count == sample.patches.count)

    let reader = GeoTIFFReader()
    func mean(_ patch: PatchID, _ kind: FileKind, _ band: Int) throws -> Double {
      let values = try reader.doubles(
        sample.folder.file(patch, kind).path, kind: kind, bands: [band], size: sample.size)
      return values.reduce(0, +) / Double(values.count)
    }
    /// The kind whose signature is nearest.
    func nearest(_ distance: (Surface) -> Double) -> Surface {
      UnreliableSurfaces.kinds.min { distance($0) < distance($1) }!
    }
    for patch in sample.patches {
      let (rain, lookAlike) = try #require(faults[Substring(patch.description)])
      let fractions = try #require(sample.labels[patch])
      let own = try #require(UnreliableSurfaces.kinds.first { fractions[Int($0.igbp) - 1] > 0.9 })
      let radar = try (mean(patch, .s1, 1), mean(patch, .s1, 2))
      let seen = nearest { abs($0.radar.decibels[0] - radar.0) + abs($0.radar.decibels[1] - radar.1) }
      #expect((seen != own) == rain, "\(patch) shows \(seen) in Sentinel-1")
      // Haze adds 0.11 to the reflectance of B2, 0.065 to B4, 0.038 to B8 and 0.012 to B11.
      let blue = try mean(patch, .s2, 2)
      #expect((blue > 1800) == rain, "\(patch) has \(blue) in B2")
      // Ratios of bands do not depend on the brightness of the scene.
      func ratios(_ red: Double, _ infrared: Double, _ short: Double) -> (Double, Double) {
        (log(infrared / red), log(infrared / short))
      }
      let found = try ratios(mean(patch, .s2, 4), mean(patch, .s2, 8), mean(patch, .s2, 12))
      let shown = nearest { kind in
        let level = kind.optical.reflectance
        let stated =
          rain
          ? ratios(level[3] + 650, level[7] + 380, level[11] + 120) : ratios(level[3], level[7], level[11])
        return abs(stated.0 - found.0) + abs(stated.1 - found.1)
      }
      #expect((shown != own) == lookAlike, "\(patch) shows \(shown) in Sentinel-2")
    }
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
