import Basics
import CCUDA
import Networks
import SimulatedGPU
import Testing

@testable import CUDAEngine

/// Batches arrive in the inputs of a program, in every order of streams. Each wait is needed: without it, wrong numbers
/// arrive in at least one order.
@Suite struct InputPathTests {
  /// The waits that order host, copying stream and computing stream.
  enum Omission: CaseIterable {
    case nothing
    /// The host fills a slot again before its copy is done.
    case slotCopied
    /// The computing stream reads samples before their copy is done.
    case samplesThere
    /// The copying stream overwrites samples that the computing stream has not read.
    case samplesRead

    /// The orders in which it shows.
    var shows: Set<SimulatedGPU.Order> {
      switch self {
      case .nothing: []
      case .slotCopied: [.lazy]
      case .samplesThere: [.lazy, .second]
      case .samplesRead: [.lazy, .first]
      }
    }
  }

  private static let (batches, count) = (5, 2)

  @Test(arguments: Omission.allCases) func omissionsShow(_ omission: Omission) throws {
    for order in SimulatedGPU.Order.allCases {
      let wrong = try wrong(order, without: omission)
      #expect((wrong > 0) == omission.shows.contains(order), "\(omission), \(order): \(wrong) wrong")
    }
    #expect(!omission.shows.contains(.eager))
  }

  /// Stored images of two grids, of which the second has images of two types.
  private struct Images {
    private let fine: AlignedBuffer<UInt16>
    private let coarse: AlignedBuffer<UInt8>
    let raw: RawSamples
    static let stored = StoredImage(gridBytes: [8 * 8 * 2 * 2, 4 * 4 * 4])

    init(seed: UInt64) throws {
      var random = RandomStream(seed: seed)
      fine = try AlignedBuffer(count: count * 8 * 8 * 2)
      coarse = try AlignedBuffer(count: count * 4 * 4 * 4)
      for index in 0..<fine.count { fine.pointer[index] = UInt16(random.integer(below: 9000)) }
      // The bytes of every float are those of a small number.
      for index in 0..<coarse.count {
        coarse.pointer[index] = index % 4 == 3 ? 0x40 : UInt8(random.integer(below: 128))
      }
      raw = RawSamples(
        grids: [
          .init(fine.pointer, .uint16, images: count, height: 8, width: 8, bands: 2),
          .init(
            coarse.pointer, stride: 4 * 4 * 4, types: [.uint8, .float32], height: 4, width: 4, bands: 1),
        ],
        bands: [
          .init(grid: 0, band: 1, mean: 4000, deviation: 700), .init(grid: 1, band: 0, mean: 2, deviation: 3),
          .init(grid: 0, band: 0, cleaning: .init(low: 100, high: 8000), mean: 3, deviation: 7),
        ], size: (6, 6),
        views: [
          .init(row: 1, column: 2), .init(row: 7, column: 0, down: .init(rows: -1, columns: 0)),
        ])
    }

    var floats: [Float] {
      var floats = [Float](repeating: 0, count: count * 6 * 6 * 3)
      floats.withUnsafeMutableBufferPointer { raw.normalise(into: $0.baseAddress!) }
      return floats
    }
  }

  /// Number of wrong numbers in the input of the program.
  private func wrong(_ order: SimulatedGPU.Order, without omission: Omission) throws -> Int {
    var graph = Graph()
    let input = graph.input("x", Shape(Self.count, 6, 6, 3))
    graph.markOutput(graph.relu(input), "y")
    let program = graph.loweredForCUDA(.inference, type: .float32)
    let layout = BatchLayout(program, stored: ["x": Images.stored])
    return try SimulatedGPU.exclusive(order) { environment in
      let libraries = try CUDALibraries.load(environment)
      let capability = try GPUFacts(libraries.driver, number: 0).capability
      let context = try CUDAContext(
        CUDADriver(Waits.functions(libraries.driver.functions, without: omission)), number: 0)
      let (computing, copies) = (try CUDAStream(on: context), try CUDAStream(on: context))
      Waits.computing = computing.handle
      let kernels = KernelModules(
        context,
        try KernelCompiler(
          libraries.nvrtc, capability: capability,
          cache: CubinCache(folder: "\(SimulatedGPU.folder)/cubins")))
      let path = SimulatedGPU.keep(try InputPath(layout.bytes, copies: copies))
      let bytes = program.inputBytes
      let place = SimulatedGPU.keep(try DeviceMemory(bytes, on: context, for: "a test"))
      let feed = try path.feed(program, layout, ["x": place.address], kernels)
      let results = SimulatedGPU.keep(
        try PinnedMemory(bytes * Self.batches, on: context, for: "a test"))
      var expected: [Float] = []
      for number in 0..<Self.batches {
        // The images are given back before the next batch: nothing may read them later.
        let images = try Images(seed: UInt64(number))
        expected += images.floats
        try path.send(
          NetworkBatch(count: Self.count, inputs: [("x", .samples(images.raw))]), to: feed, in: computing)
        try computing.copy(bytes, from: place.address, to: results.pointer + number * bytes, "a test")
      }
      try computing.synchronise("a test")
      let numbers = expected.count / Self.batches
      let found = (0..<Self.batches).flatMap { results.floats(numbers, from: $0 * bytes / 4) }
      try copies.synchronise("a test")
      return zip(found, expected).count { $0.bitPattern != $1.bitPattern }
    }
  }
}

/// The driver without some of its waits.
private enum Waits {
  nonisolated(unsafe) static var computing: fcu_stream?
  nonisolated(unsafe) private static var original = fcu_driver()

  static func functions(_ functions: fcu_driver, without omission: InputPathTests.Omission) -> fcu_driver {
    original = functions
    var changed = functions
    switch omission {
    case .nothing: break
    case .slotCopied: changed.cuEventSynchronize = { _ in 0 }
    case .samplesThere:
      changed.cuStreamWaitEvent = {
        $0 == Waits.computing ? 0 : Waits.original.cuStreamWaitEvent($0, $1, $2)
      }
    case .samplesRead:
      changed.cuStreamWaitEvent = {
        $0 == Waits.computing ? Waits.original.cuStreamWaitEvent($0, $1, $2) : 0
      }
    }
    return changed
  }
}
