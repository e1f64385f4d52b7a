import CCUDA

/// An engine of cuDNN for one pass of a convolution, with its settings. Two engines may sum in different orders.
struct ConvolutionEngine: Codable, Hashable, Sendable {
  /// cuDNN's number of the engine, from 0. Each pass has numbers of its own.
  let index: Int
  /// Values of its settings ("knobs") by their type's number in cuDNN.
  let knobs: [Int: Int]
  /// Numbers of what cuDNN notes about its arithmetic, see `noteText`.
  let notes: [Int]

  /// The most settings that an engine has, and the most notes.
  private static let (mostKnobs, mostNotes) = (64, 16)

  /// The engine of a configuration that cuDNN advises; nil for a configuration without one.
  init?(of configuration: CUDNNDescriptor) throws {
    guard
      let engine = try configuration.descriptors(FCU_ENGINE_CONFIG_ENGINE, kind: FCU_ENGINE, most: 1).first
    else { return nil }
    index = Int(try engine.integers(FCU_ENGINE_INDEX)[0])
    notes = try engine.integers(FCU_ENGINE_NUMERICAL_NOTES, FCU_TYPE_NUMERICAL_NOTE, room: Self.mostNotes)
      .map { Int($0) }
    // cuDNN does not say how many there are before it is given room for them.
    let choices = try configuration.filled(
      FCU_ENGINE_CONFIG_KNOBS, kind: FCU_KNOB_CHOICE, room: Self.mostKnobs)
    knobs = try choices.reduce(into: [:]) { knobs, choice in
      let type = try choice.integers(FCU_KNOB_CHOICE_TYPE, FCU_TYPE_KNOB)[0]
      knobs[Int(type)] = Int(try choice.integers(FCU_KNOB_CHOICE_VALUE)[0])
    }
  }

  /// The meaning of a note.
  static func noteText(_ note: Int) -> String {
    switch note {
    case FCU_NOTE_TENSOR_CORE: "tensor cores"
    case FCU_NOTE_SHORTER_INPUTS: "shorter inputs"
    case FCU_NOTE_SHORTER_SUMS: "shorter sums"
    case FCU_NOTE_FFT: "FFT"
    case FCU_NOTE_NONDETERMINISTIC: "no fixed order of sums"
    case FCU_NOTE_WINOGRAD...FCU_NOTE_WINOGRAD_LAST: "Winograd"
    default: "note \(note)"
    }
  }
}
