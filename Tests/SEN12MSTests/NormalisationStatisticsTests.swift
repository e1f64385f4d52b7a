import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Imagery
@testable import SEN12MS

@Suite struct NormalisationStatisticsTests {
  private let folder = DataFolder(Fixtures.url("tiny-sen12ms"))
  private let names = [
    "ROIs1158_spring_s2_1_p31.tif", "ROIs1868_summer_s2_146_p9.tif", "ROIs1970_fall_s2_77_p500.tif",
  ]

  /// The reference gives mean and standard deviation of each normalised patch, in float64: undo the
  /// normalisation and put the patches together.
  @Test func agreesWithTheReferenceOfEachPatch() throws {
    let expected = try Fixtures.json("tiny-sen12ms/expected.json").patches
    let measured = try measure(threads: 2)
    for input in [Channels.s1, .s2] {
      let published = Normalisation.published[input]
      for band in 0..<input.bandCount {
        var mean = 0.0
        var square = 0.0
        for name in names {
          let figures = expected[name].normalised[input.name].bands[band]
          let scale = Double(published.std[band])
          let own = figures.mean.double! * scale + Double(published.mean[band])
          mean += own / Double(names.count)
          square += (pow(figures.std.double! * scale, 2) + own * own) / Double(names.count)
        }
        let std = (square - mean * mean).squareRoot()
        #expect(abs(Double(measured[input].mean[band]) - mean) < 1e-5 * abs(mean))
        #expect(abs(Double(measured[input].std[band]) - std) < 1e-4 * std)
      }
    }
  }

  @Test func doesNotDependOnThreads() throws {
    #expect(try measure(threads: 1) == measure(threads: 3))
  }

  @Test func onlyTheSensorsInUseAreMeasured() throws {
    let measured = try measure(inputs: [.rgb], threads: 2)
    #expect(measured.s1 == Normalisation.published.s1)
    #expect(measured.s2 == (try measure(threads: 2)).s2)
    #expect(measured[.rgb].mean == Array(measured.s2.mean[..<3]))
  }

  @Test func fillLeavesMissingSamplesOut() throws {
    let gaps = [try PatchID.named("ROIs1868_summer_s2_146_p202.tif")]
    func measure(_ policy: NaNPolicy) throws -> Normalisation {
      try .measured(
        over: gaps, inputs: [.s1], in: folder, size: PatchSize(256), nanPolicy: policy, threads: 1)
    }
    let error = try inputError { _ = try measure(.fail) }
    #expect(error?.problem == "32768 of 131072 samples are NaN or infinite")
    // A quarter of each band is missing: the paper's rule counts it as 0 dB.
    let filled = try measure(.fill).s1.mean[0]
    #expect(abs(try measure(.paper).s1.mean[0] - filled * 0.75) < 1e-4)
  }

  @Test func impossibleFiguresAreRefused() throws {
    let s2 = Normalisation.published.s2
    let bad: [Normalisation.Bands] = [
      .init(mean: [0], std: [1]), .init(mean: [0, 0], std: [1, 0]), .init(mean: [0, .nan], std: [1, 1]),
    ]
    for s1 in bad {
      let error = try inputError { _ = try Normalisation(s1: s1, s2: s2) }
      #expect(error?.subject == "normalisation")
    }
    let data = try JSONEncoder().encode(Normalisation.published)
    #expect(try JSONDecoder().decode(Normalisation.self, from: data) == .published)
    let broken = Data(String(decoding: data, as: UTF8.self).replacing("4.525339", with: "0").utf8)
    #expect(throws: (any Error).self) { try JSONDecoder().decode(Normalisation.self, from: broken) }
  }

  private func measure(inputs: [Channels] = [.s1, .s2], threads: Int) throws -> Normalisation {
    try .measured(
      over: names.map(PatchID.named), inputs: inputs, in: folder, size: PatchSize(256), nanPolicy: .fail,
      threads: threads)
  }
}
