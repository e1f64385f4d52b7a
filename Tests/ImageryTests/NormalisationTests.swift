import Foundation
import Testing

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

  private func written(_ normalisation: Normalisation) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(normalisation), as: UTF8.self)
  }
}
