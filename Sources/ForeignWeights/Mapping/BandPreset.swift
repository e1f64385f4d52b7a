import Basics

/// What the input of published weights is: bands in order, and how they are normalised.
package struct BandPreset: Sendable {
  /// Mean and standard deviation of a band, in the unit of the sensor: reflectance × 10⁴, or dB.
  package struct Figures: Equatable, Sendable {
    package let mean, std: Float
    /// What the result is clipped to; nil for nothing.
    package let clip: ClosedRange<Float>?

    package init(mean: Float, std: Float, clip: ClosedRange<Float>? = nil) {
      (self.mean, self.std, self.clip) = (mean, std, clip)
    }
  }

  /// As `--bands` takes it; nil for a list of bands.
  package let name: String?
  package let bands: [String]
  /// Of the bands; empty where it is not known.
  package let figures: [String: Figures]
  /// What a user should know about the images, such as the level of their processing; nil for nothing.
  package let note: String?

  init(
    _ name: String?, _ bands: [String], _ figures: [String: Figures] = [:], note: String? = nil
  ) {
    (self.name, self.bands, self.figures, self.note) = (name, bands, figures, note)
  }

  /// Samples that are divided by one number.
  private init(_ name: String, _ bands: [String], dividedBy divisor: Float, note: String) {
    self.init(
      name, bands, Dictionary(uniqueKeysWithValues: bands.map { ($0, Figures(mean: 0, std: divisor)) }),
      note: note)
  }

  /// Presets that do not depend on the number of channels.
  private static let fixed: [BandPreset] = [
    BandPreset(
      "ssl4eo-s2", optical13, dividedBy: 10000, note: "they were trained on top-of-atmosphere images (L1C)"),
    // clip((x − (mean − 2 std)) / (4 std), 0, 1), with the mean and standard deviation of the data set.
    BandPreset(
      "ssl4eo-s1", ["VV", "VH"],
      [
        "VV": Figures(mean: -12.548 - 2 * 5.257, std: 4 * 5.257, clip: 0...1),
        "VH": Figures(mean: -20.192 - 2 * 5.912, std: 4 * 5.912, clip: 0...1),
      ]),
    BandPreset(
      "torchgeo-s1", ["VV", "VH"],
      ["VV": Figures(mean: -12.59, std: 5.26), "VH": Figures(mean: -20.26, std: 5.91)]),
    BandPreset(
      "satlas", ["B4", "B3", "B2", "B5", "B6", "B7", "B8", "B11", "B12"],
      Dictionary(
        uniqueKeysWithValues: ["B4", "B3", "B2"].map { ($0, Figures(mean: 0, std: trueColour, clip: 0...1)) }
          + ["B5", "B6", "B7", "B8", "B11", "B12"].map { ($0, Figures(mean: 0, std: 8160, clip: 0...1)) }),
      note: "they were trained on true-colour images of 8 bits"),
    BandPreset("reben-s2", reben, rebenFigures, note: "they were trained on surface reflectance (L2A)"),
    BandPreset("reben-s1", ["VV", "VH"], rebenFigures),
    BandPreset(
      "reben-all", reben + ["VV", "VH"], rebenFigures, note: "they were trained on surface reflectance (L2A)"),
    BandPreset(
      "rgb", ["B4", "B3", "B2"],
      [
        "B4": Figures(mean: 0.485 * trueColour, std: 0.229 * trueColour),
        "B3": Figures(mean: 0.456 * trueColour, std: 0.224 * trueColour),
        "B2": Figures(mean: 0.406 * trueColour, std: 0.225 * trueColour),
      ], note: "they were trained on photographs"),
  ]

  /// Names of all presets.
  package static let names = fixed.map { $0.name! } + ["toolbox"]

  /// Reflectance × 10⁴ that is white in true-colour images of Sentinel-2.
  private static let trueColour: Float = 3558

  private static let optical13 = [
    "B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B9", "B10", "B11", "B12",
  ]
  private static let optical10 = ["B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B11", "B12"]
  private static let reben = ["B2", "B3", "B4", "B8", "B5", "B6", "B7", "B11", "B12", "B8A"]

  /// Statistics of BigEarthNet v2, bands brought to 10 m by the nearest pixel.
  private static let rebenFigures: [String: Figures] = [
    "B2": Figures(mean: 438.37207, std: 607.02686), "B3": Figures(mean: 614.05566, std: 603.2968),
    "B4": Figures(mean: 588.4096, std: 684.56885), "B5": Figures(mean: 942.8433, std: 738.4327),
    "B6": Figures(mean: 1769.9316, std: 1100.4561), "B7": Figures(mean: 2049.5515, std: 1275.8054),
    "B8": Figures(mean: 2193.292, std: 1369.3717), "B8A": Figures(mean: 2235.5566, std: 1356.5441),
    "B11": Figures(mean: 1568.2268, std: 1070.1613), "B12": Figures(mean: 997.7325, std: 813.52765),
    "VV": Figures(mean: -12.643864, std: 5.1334934), "VH": Figures(mean: -19.352558, std: 5.5905056),
  ]

  /// The input of the toolbox's networks, which the number of channels tells. Its normalisation is the published one.
  static func toolbox(channels: Int) -> BandPreset? {
    let radar = ["VV", "VH"]
    let colour = ["B2", "B3", "B4"]
    let inputs = [2: radar, 3: colour, 5: colour + radar, 10: optical10, 12: optical10 + radar]
    return inputs[channels].map { BandPreset("toolbox", $0) }
  }

  /// What a user says that the channels of a file are.
  /// - Parameter text: the name of a preset, or names of bands with commas: `B4,B3,B2`.
  /// - Throws: `InputError` (usage) for another number of bands than the file has channels, and for a band named twice.
  static func named(_ text: String, channels: Int, file: String) throws -> BandPreset {
    var preset = fixed.first { $0.name == text } ?? (text == "toolbox" ? toolbox(channels: channels) : nil)
    if preset == nil, text != "toolbox" {
      let words = text.split { ", ".contains($0) }.map(String.init)
      if words.count == 1, channels != 1 {
        throw InputError(
          .usage, "--bands \(text)", "no such preset, and one band for \(channels) channels of \(file)",
          remedy: Spelling.nearest(to: text, among: names).map { "did you mean \($0)?" }
            ?? "give one of \(names.joined(separator: ", ")), or a list of bands such as B4,B3,B2")
      }
      preset = BandPreset(nil, words.map(plain))
    }
    guard let preset, preset.bands.count == channels else {
      throw InputError(
        .usage, "--bands \(text)",
        "stands for \(preset.map { "\($0.bands.count) bands" } ?? "no input of \(channels) channels"), but the first "
          + "convolution in \(file) has \(channels) channels",
        remedy: "name the band of each channel, such as B4,B3,B2")
    }
    if let twice = preset.bands.indices.first(where: { preset.bands[..<$0].contains(preset.bands[$0]) }) {
      throw InputError(
        .usage, "--bands \(text)", "names \(preset.bands[twice]) twice",
        remedy: "name each channel's own band")
    }
    return preset
  }

  /// The input of a file about which the user says nothing; nil where it cannot be told.
  /// - Parameters:
  ///   - channels: of the first convolution.
  ///   - names: of the file's tensors.
  static func guessed(channels: Int, names: [String]) -> BandPreset? {
    if names.contains(where: { $0.hasPrefix("encoder.0.") || $0.hasPrefix("encoder_a.") }) {
      return toolbox(channels: channels)
    }
    let isReBEN = names.contains { $0.contains("vision_encoder.") }
    switch channels {
    case 2: return isReBEN ? preset("reben-s1") : BandPreset(nil, ["VV", "VH"])
    case 3: return preset("rgb")
    case 10: return isReBEN ? preset("reben-s2") : nil
    case 12: return isReBEN ? preset("reben-all") : nil
    case 13: return preset("ssl4eo-s2")
    default: return nil
    }
  }

  private static func preset(_ name: String) -> BandPreset { fixed.first { $0.name == name }! }

  /// `B2` for `B02`, and for `blue`.
  private static func plain(_ band: String) -> String {
    let colours = ["red": "B4", "green": "B3", "blue": "B2", "r": "B4", "g": "B3", "b": "B2"]
    return colours[band.lowercased()] ?? ChannelName.plain(band.uppercased())
  }
}
