import Basics

/// What a user asks for as the device: the key `device`, the option `--device`.
package enum DeviceChoice: Equatable, Sendable {
  /// A GPU where one works and the network can run on it; else the CPU.
  case auto
  case cpu
  /// An NVIDIA GPU by its number among those that the process sees; nil for the first that can be opened.
  case cuda(Int?)

  /// The names that a user can give, in words.
  package static let names = "auto, cpu, cuda, or cuda:N for GPU N"

  /// - Returns: nil for a name that is none of `names`.
  package init?(named name: String) {
    switch name {
    case "auto": self = .auto
    case "cpu": self = .cpu
    case "cuda": self = .cuda(nil)
    default:
      guard name.hasPrefix("cuda:"), let number = Int(name.dropFirst(5)), (0..<1024).contains(number),
        name == "cuda:\(number)"
      else { return nil }
      self = .cuda(number)
    }
  }
}

extension Experiment {
  /// The device that is asked for.
  /// - Throws: `InputError` (usage) for a name that a program has set and that names none.
  package var deviceChoice: DeviceChoice {
    get throws {
      if let choice = DeviceChoice(named: device) { return choice }
      throw InputError(.usage, "device", "expected \(DeviceChoice.names), found \(shownName(device))")
    }
  }
}

extension ExperimentKey.Limit<String> {
  static var device: Self { .init(expectation: DeviceChoice.names) { DeviceChoice(named: $0) != nil } }
}
