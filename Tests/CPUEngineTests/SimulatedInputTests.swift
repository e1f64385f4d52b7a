import Basics
import Networks
import SimulatedGPU
import Testing

@testable import CUDAEngine

/// Networks on the GPU engine, whose libraries are simulated, fed with samples as they are stored.
@Suite struct SimulatedInputTests {
  private static let count = 3

  /// A network with one or two inputs: of floats in one grid, of integers in two grids, and of bytes in odd sizes.
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let sensors: [String]
    let fusion: ThinNetwork.Fusion

    static let all = [
      Case(testDescription: "S1", sensors: ["a"], fusion: .early),
      Case(testDescription: "S2", sensors: ["b"], fusion: .early),
      Case(testDescription: "coarse", sensors: ["c"], fusion: .early),
      Case(testDescription: "bytes", sensors: ["d"], fusion: .early),
      Case(testDescription: "early", sensors: ["b", "a"], fusion: .early),
      Case(testDescription: "middle", sensors: ["b", "a"], fusion: .middle(stage: 2, weights: [1, 3])),
      Case(testDescription: "late", sensors: ["b", "a"], fusion: .late(isJoint: false)),
    ]

    var request: NetworkRequest {
      var network = ThinNetwork()
      network.sensors = sensors.map { ($0, StoredPatches.bands[$0]!.count) }
      network.dropout = 0.2
      let size = StoredPatches.sizes[sensors[0]]!.image
      network.shape = (batch: count, height: size.height, width: size.width)
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

/// Patches of sensors as files hold them. "a" has floats in one grid, and some are missing. "b" has integers in two
/// grids, and floats in some images of the second. "c" has integers in a grid that is coarser than its images. "d" has
/// bytes in images and grids of odd sizes, and integers in a grid that is coarser in one direction.
private struct StoredPatches {
  private struct Grid {
    let size: PatchSize
    let bands: Int
    let type: RawSamples.SampleType
    /// The image that holds floats instead.
    var floats: Int? = nil

    var elements: Int { size.pixels * bands }
  }

  private static let square = (image: PatchSize(32), stored: PatchSize(36))
  /// The sizes of the images after cropping, and of the stored images.
  static let sizes = [
    "a": square, "b": square, "c": square,
    "d": (image: PatchSize(height: 17, width: 23), stored: PatchSize(height: 21, width: 27)),
  ]
  private static let grids = [
    "a": [Grid(size: square.stored, bands: 2, type: .float32)],
    "b": [
      Grid(size: square.stored, bands: 4, type: .uint16),
      Grid(size: PatchSize(18), bands: 2, type: .uint16, floats: 1),
    ],
    "c": [Grid(size: PatchSize(12), bands: 2, type: .uint16)],
    "d": [
      Grid(size: PatchSize(height: 21, width: 27), bands: 3, type: .uint8),
      Grid(size: PatchSize(height: 7, width: 9), bands: 1, type: .uint8, floats: 2),
      Grid(size: PatchSize(height: 21, width: 9), bands: 1, type: .uint16),
    ],
  ]
  static let stored = grids.mapValues { StoredImage(gridBytes: $0.map { 4 * $0.elements }) }
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
    "d": [
      .init(grid: 1, band: 0, mean: 120, deviation: 70), .init(grid: 0, band: 2, mean: 130, deviation: 75),
      .init(grid: 2, band: 0, cleaning: .init(low: 100, high: 2500), mean: 1400, deviation: 800),
      .init(grid: 0, band: 0, mean: 125, deviation: 73),
    ],
  ]

  private let count: Int
  private let memory: [String: [AlignedBuffer<UInt8>]]
  private let samples: [String: RawSamples]

  init(count: Int, seed: UInt64) throws {
    self.count = count
    var random = RandomStream(seed: seed)
    var memory: [String: [AlignedBuffer<UInt8>]] = [:]
    var samples: [String: RawSamples] = [:]
    for sensor in Self.grids.keys.sorted() {
      var grids: [RawSamples.Grid] = []
      for grid in Self.grids[sensor]! {
        let buffer = try AlignedBuffer<UInt8>(count: count * 4 * grid.elements)
        let start = UnsafeMutableRawPointer(buffer.pointer)
        let types = (0..<count).map { $0 == grid.floats ? .float32 : grid.type }
        for (image, type) in types.enumerated() {
          for element in 0..<grid.elements {
            let place = start + image * 4 * grid.elements + element * type.bytes
            switch type {
            case .uint8: place.storeBytes(of: UInt8(random.integer(below: 256)), as: UInt8.self)
            case .uint16: place.storeBytes(of: UInt16(random.integer(below: 3000)), as: UInt16.self)
            case .float32:
              let value =
                sensor == "a" ? Float(-12 + 6 * random.normal()) : Float(random.integer(below: 3000))
              place.storeBytes(of: sensor == "a" && element % 97 == 5 ? .nan : value, as: Float.self)
            }
          }
        }
        grids.append(
          .init(
            start, stride: 4 * grid.elements, types: types, height: grid.size.height, width: grid.size.width,
            bands: grid.bands))
        memory[sensor, default: []].append(buffer)
      }
      let (image, stored) = Self.sizes[sensor]!
      samples[sensor] = RawSamples(
        grids: grids, bands: Self.bands[sensor]!, size: (image.height, image.width),
        image: (stored.height, stored.width), views: Self.views(of: stored, seed: seed))
    }
    (self.memory, self.samples) = (memory, samples)
  }

  /// A crop, a crop flipped from left to right, and a crop turned by a quarter; by a half where images are not square.
  private static func views(of stored: PatchSize, seed: UInt64) -> [RawSamples.View] {
    var random = RandomStream(seed: seed, path: 1)
    let (bottom, right) = (stored.height - 1, stored.width - 1)
    let isSquare = stored.height == stored.width
    let turned = (down: isSquare ? (0, 1) : (-1, 0), right: isSquare ? (-1, 0) : (0, -1))
    return [
      .init(row: random.integer(below: 5), column: random.integer(below: 5)),
      .init(row: random.integer(below: 5), column: right, right: .init(rows: 0, columns: -1)),
      .init(
        row: bottom, column: isSquare ? random.integer(below: 5) : right,
        down: .init(rows: turned.down.0, columns: turned.down.1),
        right: .init(rows: turned.right.0, columns: turned.right.1)),
    ]
  }

  /// Calls `body` with the patches as they are stored, or as the floats that the CPU makes of them.
  func withBatch(of sensors: [String], stored: Bool, _ body: (NetworkBatch) throws -> Void) throws {
    let targets = (0..<count * 4).map { Float($0 % 5 == 0 ? 1 : 0) }
    var floats: [AlignedBuffer<Float>] = []
    let inputs = try sensors.map { sensor -> (name: String, images: NetworkBatch.Images) in
      let raw = samples[sensor]!
      if stored { return (sensor, .samples(raw)) }
      let buffer = try AlignedBuffer<Float>(count: count * raw.height * raw.width * raw.bands.count)
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
