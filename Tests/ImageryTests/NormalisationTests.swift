import Foundation
import Testing

@testable import Basics
@testable import Imagery

@Suite struct NormalisationTests {
  private static let s2 = ["B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B11", "B12"]

  /// Figures of SEN12MS's sensors are read and written without the names of bands.
  @Test func figuresWithoutNamesReadAndStayAsTheyAre() throws {
    let numbers = { (start: Int) in (0..<10).map { "\(start + $0)" }.joined(separator: ",") }
    let text =
      #"{"s1":{"mean":[-11.5,-18.25],"std":[4.5,4.25]},"s2":{"mean":[\#(numbers(100))],"std":[\#(numbers(1))]}}"#
    let normalisation = try JSONDecoder().decode(Normalisation.self, from: Data(text.utf8))
    #expect(normalisation.figures(of: "s2")?.bandNames == Self.s2)
    #expect(normalisation.figures(of: "s1")?.bands == .init(mean: [-11.5, -18.25], std: [4.5, 4.25]))
    #expect(try written(normalisation) == text)
    #expect(throws: (any Error).self) {
      try JSONDecoder().decode(Normalisation.self, from: Data(#"{"s2":{"mean":[1],"std":[1]}}"#.utf8))
    }
  }

  @Test func otherSensorsAreWrittenWithTheirBands() throws {
    let normalisation = try Normalisation([
      .init(sensor: "s1", bandNames: ["VH", "VV"], bands: .init(mean: [-18, -11], std: [4, 5])),
      .init(sensor: "s3", bandNames: ["Oa01"], bands: .init(mean: [7], std: [2])),
    ])
    let text = try written(normalisation)
    #expect(text.contains(#""bands":["VH","VV"]"#) && text.contains(#""bands":["Oa01"]"#))
    let read = try JSONDecoder().decode(Normalisation.self, from: Data(text.utf8))
    #expect(read == normalisation)

    let sensor = Sensor(
      name: "s1", title: "", unit: "", cleaning: .none, grids: [.init(bands: ["VV", "VH"], type: .float32)])
    let channels = Channels(name: "s1", sensor: sensor, bands: ["VV", "VH"])
    #expect(read.covers(channels) && read[channels] == .init(mean: [-11, -18], std: [5, 4]))
  }

  /// Ranges are read and written with the bands, and figures without ranges stay as they are.
  @Test func rangesOfBands() throws {
    let bands = Normalisation.Bands(mean: [-18, -11], std: [4, 5], clip: [0...1, nil])
    let normalisation = try Normalisation([.init(sensor: "s1", bandNames: ["VH", "VV"], bands: bands)])
    let text = try written(normalisation)
    #expect(text.contains(#""clip":[[0,1],null]"#), "\(text)")
    #expect(try JSONDecoder().decode(Normalisation.self, from: Data(text.utf8)) == normalisation)
    #expect(bands.taking([1]).clip == nil && bands.taking([1, 0]).clip == [nil, 0...1])
    #expect(bands.adding(.init(mean: [1], std: [2])).clip == [0...1, nil, nil])
    #expect(throws: InputError.self) {
      try Normalisation([
        .init(sensor: "s1", bandNames: ["VH"], bands: .init(mean: [0], std: [1], clip: [0...1, nil]))
      ])
    }
  }

  /// The weights of SSL4EO-S12 expect clip((x + 23) / 20, 0, 1); other bands keep their figures.
  @Test(arguments: [NaNPolicy.fill, .paper]) func numbersAreClipped(_ policy: NaNPolicy) {
    let sensor = Sensor(
      name: "s1", title: "", unit: "", cleaning: .clip(-25...0),
      grids: [.init(bands: ["VV", "VH"], type: .float32)])
    let channels = Channels(name: "s1", sensor: sensor, bands: ["VV", "VH"])
    let preparation = SamplePreparation(
      channels, bands: .init(mean: [-23, -10], std: [20, 5], clip: [0...1, nil]), policy)
    let samples: [Float] = [-40, -40, -23, -10, -13, -5, -1, 3, .nan, .nan]
    var output = [Float](repeating: .nan, count: samples.count)
    output.withUnsafeMutableBufferPointer {
      preparation.prepare(image: samples, size: PatchSize(height: 1, width: 5), into: $0.baseAddress!)
    }
    // A missing sample gets the mean, or the brightest value.
    let missing: [Float] = policy == .fill ? [0, 0] : [1, 2]
    #expect(output == [0, -3, 0, 0, 0.5, 1, 1, 2] + missing, "\(output)")
    #expect(preparation.bands[0].rule.low == -23 && preparation.bands[0].rule.high == -3)
    #expect(preparation.bands[1].rule == sensor.cleaning.rule(policy))
  }

  private func written(_ normalisation: Normalisation) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(normalisation), as: UTF8.self)
  }
}
