import Basics
import SimulatedGPU
import Testing

@testable import CUDAEngine

/// A forgotten ordering of streams shows as wrong numbers in at least one order of the simulated device. In the order that
/// does everything at once none shows.
///
/// The program is the input path of a training: two slots of locked memory and two of the device take turns. Stream 1
/// copies a batch to the device, stream 2 computes and copies the result back.
@Suite struct StreamOrderTests {
  enum Omission: CaseIterable {
    case nothing
    /// The program fills a slot again before its copy is done.
    case copyDone
    /// Stream 2 does not wait for the copy.
    case copyWait
    /// Stream 1 overwrites a buffer that stream 2 still reads.
    case bufferFree
    /// The program reads results without waiting for them.
    case synchronisation

    /// The orders in which it shows.
    var shows: Set<SimulatedGPU.Order> {
      switch self {
      case .nothing: []
      case .copyDone: [.lazy]
      case .copyWait: [.lazy, .first]
      case .bufferFree: [.second]
      case .synchronisation: [.lazy, .second]
      }
    }
  }

  private static let (steps, count) = (4, 64)

  /// Number of wrong results.
  private func wrong(_ order: SimulatedGPU.Order, without omission: Omission) throws -> Int {
    let (steps, count) = (Self.steps, Self.count)
    func value(_ step: Int, _ index: Int) -> Float { Float(1000 * step + index + 1) }
    return try SimulatedGPU.exclusive(order) { environment in
      let program = try SimulatedProgram(environment)
      let (copies, computing) = (try program.stream(), try program.stream())
      let zeros = [Float](repeating: 0, count: count)
      let slots = try (0..<2).map { _ in
        (
          host: try program.locked(zeros), device: try program.memory(count), copied: try program.event(),
          consumed: try program.event()
        )
      }
      let y = try program.memory(count)
      let results = try program.locked([Float](repeating: 0, count: steps * count))
      for step in 0..<steps {
        let slot = slots[step % 2]
        if step >= 2, omission != .copyDone { try slot.copied.synchronise("a test") }
        if step >= 2, omission != .bufferFree { try copies.wait(for: slot.consumed) }
        slot.host.fill((0..<count).map { value(step, $0) })
        try copies.copy(4 * count, from: slot.host.pointer, to: slot.device.address, "a test")
        try slot.copied.record(in: copies)
        if omission != .copyWait { try computing.wait(for: slot.copied) }
        try program.double(slot.device.address, y.address, count, in: computing)
        try slot.consumed.record(in: computing)
        try computing.copy(
          4 * count, from: y.address, to: results.pointer + 4 * count * step, "a test")
      }
      if omission != .synchronisation { try computing.synchronise("a test") }
      let all = results.floats(steps * count)
      try program.finish()
      return all.enumerated().filter { $1 != 2 * value($0 / count, $0 % count) }.count
    }
  }

  @Test(arguments: Omission.allCases) func omissionsShow(_ omission: Omission) throws {
    for order in SimulatedGPU.Order.allCases {
      let wrong = try wrong(order, without: omission)
      #expect((wrong > 0) == omission.shows.contains(order), "\(omission), \(order): \(wrong) wrong")
    }
    #expect(!omission.shows.contains(.eager))
  }
}
