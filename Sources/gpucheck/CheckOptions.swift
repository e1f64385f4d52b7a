import Basics
import Networks

/// What the command line asks for.
struct CheckOptions {
  /// The parts of a check, in the order in which they run.
  enum Section: String, CaseIterable {
    case facts, operations, networks, training, passes, speed, cpu
  }

  private(set) var sections: [Section] = []
  /// Whether networks are small and steps are few, so that everything is done in seconds.
  private(set) var isQuick = false
  /// Number of the GPU among those that `CUDA_VISIBLE_DEVICES` shows.
  private(set) var gpu = 0
  /// Seconds after which no new check begins.
  private(set) var seconds = 600
  /// Batch sizes of the section `speed`; nil for those of the check.
  private(set) var batches: [Int]?
  /// The precisions that are checked; nil for all that the GPU has.
  private(set) var precisions: [Precision]?
  private(set) var asksForHelp = false

  static let help = """
    Compares the GPU of this machine with the CPU: operations, networks, trainings, speed.

    usage: gpucheck [SECTION...] [--quick] [--gpu N] [--seconds N] [--batch N,N] [--precision NAME,NAME]

    sections
      facts       device, driver, libraries and versions
      operations  each operation in a small network: loss, gradients, statistics
      networks    one training step of ResNet18, 50 and 101 in all fusions
      training    losses of 50 steps; equal bits with and without a CUDA graph, in both
                  memory modes, and after a stop
      passes      own kernels over activations in GB/s, beside a copy
      speed       training steps and updates of ResNet101, 12 bands of 256×256 pixels
      cpu         the same step on all cores of this machine
      all         everything (the default)

    options
      --quick           small networks and few steps
      --gpu N           number of the GPU (0)
      --seconds N       no new check begins after this time (600)
      --batch N,N       batch sizes of speed (25,64,128)
      --precision NAME  only these of fp32, tf32, bf16, fp16

    Results are tables in Markdown on standard output. The status is 1 if a check failed.

    """

  /// - Throws: `InputError` (usage).
  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    func value(of option: String) throws -> String {
      guard let value = rest.popFirst() else {
        throw InputError(.usage, option, "needs a value", remedy: "see gpucheck --help")
      }
      return value
    }
    func number(_ text: some StringProtocol, of option: String, _ range: ClosedRange<Int>) throws -> Int {
      guard let number = Int(text), range.contains(number) else {
        throw InputError(
          .usage, option,
          "is '\(text)', expected a whole number from \(range.lowerBound) to \(range.upperBound)")
      }
      return number
    }
    while let argument = rest.popFirst() {
      switch argument {
      case "--quick": isQuick = true
      case "--help", "-h": asksForHelp = true
      case "--gpu": gpu = try number(value(of: argument), of: argument, 0...63)
      case "--seconds": seconds = try number(value(of: argument), of: argument, 1...86400)
      case "--batch":
        batches = try value(of: argument).split(separator: ",").map {
          try number($0, of: argument, 1...4096)
        }
      case "--precision":
        precisions = try value(of: argument).split(separator: ",").map { name in
          guard let precision = Precision(rawValue: String(name)) else {
            throw InputError(.usage, argument, "there is no precision '\(name)'")
          }
          return precision
        }
      case "all": sections = Section.allCases
      default:
        guard let section = Section(rawValue: argument) else {
          throw InputError(.usage, argument, "is not a section or an option", remedy: "see gpucheck --help")
        }
        sections.append(section)
      }
    }
    if sections.isEmpty { sections = Section.allCases }
  }
}
