import Basics
import Networks
import SimulatedGPU
import Testing

@testable import CUDAEngine

/// Networks on the GPU engine, whose libraries are simulated, fed with samples as they are stored.
@Suite struct SimulatedInputTests {
  private static let count = 3

  /// A network with one or two inputs: of floats in one grid, and of integers in two grids.
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let sensors: [String]
    let fusion: ThinNetwork.Fusion

    static let all = [
      Case(testDescription: "S1", sensors: ["a"], fusion: .early),
      Case(testDescription: "S2", sensors: ["b"], fusion: .early),
      Case(testDescription: "coarse", sensors: ["c"], fusion: .early),
      Case(testDescription: "early", sensors: ["b", "a"], fusion: .early),
      Case(testDescription: "middle", sensors: ["b", "a"], fusion: .middle(stage: 2, weights: [1, 3])),
      Case(testDescription: "late", sensors: ["b", "a"], fusion: .late(isJoint: false)),
    ]

    var request: NetworkRequest {
      var network = ThinNetwork()
      network.sensors = sensors.map { ($0, StoredPatches.bands[$0]!.count) }
      network.dropout = 0.2
      network.shape = (batch: count, height: StoredPatches.size, width: StoredPatches.size)
      let (graph, objectives) = network.build(fusion)
      var request = NetworkRequest(of: graph)
      request.training = [count: .init(graph, objectives)]
      request.inference = [count: graph]
      request.rule = .adam(weightDecay: 1e-3)
      request.seed = 5
      for sensor in sensors { request.storedImages[sensor] = StoredPatches.stored[sensor] }
      return request
    }
  }

  /// Everything that a training leaves.
  private struct Outcome: Equatable {
    var losses: [[Double]] = []
    var idle: [Double?] = []
    var checksum: UInt64 = 0
    var logits: [[Float]] = []
  }

  private static func device(_ environment: [String: String]) throws -> CUDADevice {
    try CUDADevice(
      number: 0, CUDALibraries.load(environment), cache: CubinCache(folder: "\(SimulatedGPU.folder)/cubins"))
  }

  /// Trains three steps on patches that are stored or normalised, and evaluates twice.
  private static func run(
    _ request: NetworkRequest, _ sensors: [String], stored: Bool, _ order: SimulatedGPU.Order
  ) throws -> Outcome {
    try SimulatedGPU.exclusive(order) { environment in
      let executor = try device(environment).executor(request, ranks: OneProcess())
      try executor.state.initialise(seed: 8)
      var outcome = Outcome()
      func take(_ result: Networks.StepResult?) {
        guard let result else { return }
        outcome.losses.append(Array(result.losses))
        outcome.idle.append(result.idleSeconds)
      }
      for step in 0..<3 {
        // The patches are given back before the next step: nothing may read them later.
        let patches = try StoredPatches(count: count, seed: UInt64(step))
        try patches.withBatch(of: sensors, stored: stored) {
          take(try executor.train($0, StepNumbers(step, learningRate: 0.01, samples: count)))
        }
      }
      take(try executor.finish())
      outcome.checksum = try executor.state.checksum
      for seed in [1, 9] as [UInt64] {
        let patches = try StoredPatches(count: count, seed: seed)
        try patches.withBatch(of: sensors, stored: stored) {
          outcome.logits.append(Array(try executor.predict($0)["logits"]!))
        }
      }
      return outcome
    }
  }

  /// Patches are cropped, flipped and turned. The device makes the bits of them that the CPU makes, in every order in which
  /// streams may work.
  @Test(arguments: Case.all) func storedSamplesGiveTheBitsOfFloats(_ network: Case) throws {
    let request = network.request
    let floats = try Self.run(request, network.sensors, stored: false, .eager)
    #expect(floats.losses.count == 3 && floats.losses.allSatisfy { $0.allSatisfy(\.isFinite) })
    #expect(floats.logits[0] != floats.logits[1])
    for order in SimulatedGPU.Order.allCases {
      #expect(try Self.run(request, network.sensors, stored: true, order) == floats, "\(order)")
    }
    // The simulated device says one millisecond between any two marks.
    #expect(floats.idle.first == .some(nil))
    #expect(floats.idle.dropFirst().allSatisfy { $0.map { abs($0 - 0.001) < 1e-9 } ?? false })
  }

  /// A network may be given up while a step is computed: its memory is given back when nothing uses it.
  @Test func aNetworkMayEndDuringAStep() throws {
    let network = Case.all[2]
    try SimulatedGPU.exclusive { environment in
      let device = try Self.device(environment)
      let before = (device: SimulatedGPU.bytes, host: SimulatedGPU.lockedBytes)
      do {
        let executor = try device.executor(network.request, ranks: OneProcess())
        try executor.state.initialise(seed: 8)
        try StoredPatches(count: Self.count, seed: 1).withBatch(of: network.sensors, stored: true) {
          _ = try executor.train($0, StepNumbers(0, learningRate: 0.01, samples: Self.count))
        }
      }
      #expect(SimulatedGPU.bytes == before.device && SimulatedGPU.lockedBytes == before.host)
    }
  }
}

/// Patches of two sensors as files hold them. "a" has floats in one grid, and some are missing. "b" has integers in two
/// grids, and floats in some images of the second. "c" has integers in a grid that is coarser than its images.
private struct StoredPatches {
  /// Height and width of the images after cropping, and of the stored images.
  static let (size, storedSize) = (32, 36)
  private static let grids = [
    "a": [(size: storedSize, bands: 2)],
    "b": [(size: storedSize, bands: 4), (size: storedSize / 2, bands: 2)],
    "c": [(size: storedSize / 3, bands: 2)],
  ]
  static let stored = grids.mapValues {
    StoredImage(gridBytes: $0.map { 4 * $0.size * $0.size * $0.bands })
  }
  static let bands: [String: [RawSamples.Band]] = [
    "a": (0..<2).map {
      .init(
        band: $0, cleaning: .init(low: -25, high: 0, missing: -11, replacesInfinite: true), mean: -11,
        deviation: 5)
    },
    "b": [
      .init(grid: 1, band: 1, mean: 1200, deviation: 800),
      .init(grid: 0, band: 3, mean: 1000, deviation: 900),
      .init(grid: 0, band: 0, mean: 900, deviation: 700),
    ],
    "c": [.init(band: 1, mean: 1500, deviation: 900), .init(band: 0, mean: 1400, deviation: 800)],
  ]

  private let count: Int
  private let memory: [String: [AlignedBuffer<UInt8>]]
  private let samples: [String: RawSamples]

  init(count: Int, seed: UInt64) throws {
    self.count = count
    var random = RandomStream(seed: seed)
    let far = Self.storedSize - 1
    // A crop, a crop flipped from left to right, and a crop turned by a quarter.
    let views: [RawSamples.View] = [
      .init(row: random.integer(below: 5), column: random.integer(below: 5)),
      .init(row: random.integer(below: 5), column: far, right: .init(rows: 0, columns: -1)),
      .init(
        row: far, column: random.integer(below: 5), down: .init(rows: 0, columns: 1),
        right: .init(rows: -1, columns: 0)),
    ]
    var memory: [String: [AlignedBuffer<UInt8>]] = [:]
    var samples: [String: RawSamples] = [:]
    for sensor in ["a", "b", "c"] {
      var grids: [RawSamples.Grid] = []
      for (number, (size, bands)) in Self.grids[sensor]!.enumerated() {
        let elements = size * size * bands
        let buffer = try AlignedBuffer<UInt8>(count: count * 4 * elements)
        let start = UnsafeMutableRawPointer(buffer.pointer)
        let types = (0..<count).map { image -> RawSamples.SampleType in
          sensor == "a" || (number == 1 && image == 1) ? .float32 : .uint16
        }
        for (image, type) in types.enumerated() {
          for element in 0..<elements {
            let place = start + image * 4 * elements + element * type.bytes
            let value = sensor == "a" ? Float(-12 + 6 * random.normal()) : Float(random.integer(below: 3000))
            if type == .uint16 {
              place.storeBytes(of: UInt16(value), as: UInt16.self)
            } else {
              place.storeBytes(of: sensor == "a" && element % 97 == 5 ? .nan : value, as: Float.self)
            }
          }
        }
        grids.append(
          .init(start, stride: 4 * elements, types: types, height: size, width: size, bands: bands))
        memory[sensor, default: []].append(buffer)
      }
      samples[sensor] = RawSamples(
        grids: grids, bands: Self.bands[sensor]!, size: (Self.size, Self.size),
        image: (Self.storedSize, Self.storedSize), views: views)
    }
    (self.memory, self.samples) = (memory, samples)
  }

  /// Calls `body` with the patches as they are stored, or as the floats that the CPU makes of them.
  func withBatch(of sensors: [String], stored: Bool, _ body: (NetworkBatch) throws -> Void) throws {
    let targets = (0..<count * 4).map { Float($0 % 5 == 0 ? 1 : 0) }
    var floats: [AlignedBuffer<Float>] = []
    let inputs = try sensors.map { sensor -> (name: String, images: NetworkBatch.Images) in
      let raw = samples[sensor]!
      if stored { return (sensor, .samples(raw)) }
      let buffer = try AlignedBuffer<Float>(count: count * Self.size * Self.size * raw.bands.count)
      raw.normalise(into: buffer.pointer)
      floats.append(buffer)
      return (sensor, .floats(UnsafePointer(buffer.pointer)))
    }
    try withExtendedLifetime((floats, memory)) {
      try targets.withUnsafeBufferPointer {
        try body(NetworkBatch(count: count, inputs: inputs, targets: $0.baseAddress!))
      }
    }
  }
}
