import Basics
import Networks

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The engines that a device has chosen for the convolutions of a network, with everything that their numbers depend on.
///
/// Its text is JSON, a line for the machine and a line for each convolution.
struct EngineRecord: Codable, Equatable {
  /// Device and versions by name: "cuDNN" is "9.10.2".
  let machine: [String: String]
  private(set) var convolutions: [Choice]

  /// The engine of one pass.
  struct Choice: Codable, Equatable {
    /// Window and shapes: "3×3/2, padding 1, [25, 64, 64, 64] to [25, 32, 32, 128]".
    let convolution: String
    let pass: ConvolutionWork.Pass
    let type: String
    let engine: ConvolutionEngine
    /// Bytes that the engine needs while it runs.
    let workspace: Int
    /// What cuDNN notes about the engine's arithmetic, in words.
    let notes: [String]

    init(_ call: ConvolutionCall, _ plan: ConvolutionPlan) {
      (convolution, pass, type) = (Self.text(call.work), call.work.pass, call.type.rawValue)
      (engine, workspace) = (plan.engine, plan.workspace)
      notes = plan.engine.notes.map(ConvolutionEngine.noteText)
    }

    fileprivate func isOfSame(_ other: Choice) -> Bool {
      (convolution, pass, type) == (other.convolution, other.pass, other.type)
    }

    fileprivate var title: String { "\(convolution) (\(pass.rawValue), \(type))" }

    fileprivate static func text(_ work: ConvolutionWork) -> String {
      "\(work.window), padding \(work.window.padding), \(work.input) to \(work.output)"
    }
  }

  /// What the numbers of a device depend on: its model, the versions of the libraries, and the engine's own kernels.
  static func machine(_ facts: GPUFacts, _ libraries: CUDALibraries) -> [String: String] {
    var machine = [
      "device": facts.name, "compute capability": "\(facts.capability.major).\(facts.capability.minor)",
      "kernels": KernelSource.digest,
    ]
    for found in libraries.versions { machine[found.name] = found.version }
    return machine
  }

  init(machine: [String: String]) { (self.machine, convolutions) = (machine, []) }

  /// Reads a text; nil for one that is damaged.
  init?(text: String) {
    guard let record = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) else { return nil }
    self = record
  }

  var text: String {
    """
    {
      "machine": \(Self.line(machine)),
      "convolutions": [
        \(convolutions.map(Self.line).joined(separator: ",\n    "))
      ]
    }

    """
  }

  private static func line(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else {
      preconditionFailure("numbers and texts can be written as JSON")
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// The engine of a pass; nil where the record has none.
  func engine(of call: ConvolutionCall) -> ConvolutionEngine? {
    let text = Choice.text(call.work)
    return convolutions.first {
      $0.pass == call.work.pass && $0.type == call.type.rawValue && $0.convolution == text
    }?.engine
  }

  /// Adds the engine of a pass, if the record has none.
  mutating func add(_ call: ConvolutionCall, _ plan: ConvolutionPlan) {
    if engine(of: call) == nil { convolutions.append(Choice(call, plan)) }
  }

  /// Adds what an earlier record of the same machine has besides.
  mutating func keep(_ earlier: EngineRecord) {
    convolutions += earlier.convolutions.filter { old in !convolutions.contains { $0.isOfSame(old) } }
  }

  /// Why this record cannot promise the bits of an earlier one; nil where it can.
  func change(from earlier: EngineRecord) -> String? {
    let names = Set(machine.keys).union(earlier.machine.keys).sorted()
    let changed = names.filter { machine[$0] != earlier.machine[$0] }
    guard changed.isEmpty else {
      return changed.map { name in
        "\(name) is \(machine[name] ?? "unknown") and was \(earlier.machine[name] ?? "unknown")"
      }.joined(separator: ", ")
    }
    for choice in convolutions {
      guard let old = earlier.convolutions.first(where: { $0.isOfSame(choice) }) else {
        return "no engine was noted for a convolution \(choice.title)"
      }
      if old.engine != choice.engine {
        return "cuDNN no longer offers the engine of a convolution \(choice.title)"
      }
    }
    return nil
  }
}
