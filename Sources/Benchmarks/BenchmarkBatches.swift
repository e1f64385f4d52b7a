import Basics
import Experiments
import Imagery
import Metrics
import Networks
import Training

/// Random images and targets of a benchmark, in the form that the device takes.
final class BenchmarkBatches {
  private let inputs: [Input]
  private let targets: AlignedBuffer<Float>

  /// The images of one input.
  private enum Input {
    case floats(name: String, AlignedBuffer<Float>)
    case samples(StoredImages)
  }

  /// - Parameters:
  ///   - size: height and width of the images.
  ///   - largest: number of images of the largest batch.
  /// - Throws: `InputError` (environment) when there is too little memory.
  init(_ experiment: Experiment, size: PatchSize, largest: Int, _ form: BatchForm) throws {
    let network = experiment.network
    var random = RandomStream(seed: experiment.training.seed)
    inputs = try zip(experiment.inputs, network.sensors).map { channels, sensor in
      switch form {
      case .floats:
        let buffer = try AlignedBuffer<Float>(count: largest * size.pixels * sensor.bands)
        for i in 0..<buffer.count { buffer.pointer[i] = Float(2 * random.uniform() - 1) }
        return .floats(name: sensor.name, buffer)
      case .samples: return .samples(try StoredImages(channels, size: size, count: largest, &random))
      }
    }
    targets = try AlignedBuffer(count: largest * network.head.classes)
    Self.fill(targets, classes: network.head.classes, task: experiment.labels.type, &random)
  }

  /// A batch of the first `count` images.
  func batch(_ count: Int) -> NetworkBatch {
    NetworkBatch(
      count: count,
      inputs: inputs.map { input in
        switch input {
        case .floats(let name, let buffer): (name, .floats(UnsafePointer(buffer.pointer)))
        case .samples(let images): (images.name, .samples(images.samples(count)))
        }
      }, targets: targets.pointer)
  }

  /// Fills random targets: some classes for each sample, or exactly one.
  private static func fill(
    _ targets: AlignedBuffer<Float>, classes: Int, task: ClassificationTask, _ random: inout RandomStream
  ) {
    for i in 0..<targets.count {
      targets.pointer[i] = task == .multi && random.uniform() < 0.3 ? 1 : 0
    }
    guard task == .single else { return }
    for first in stride(from: 0, to: targets.count, by: classes) {
      targets.pointer[first + Int.random(in: 0..<classes, using: &random)] = 1
    }
  }
}

/// Random images of one input, as files hold them. Normalised, they lie between -1 and 1.
private struct StoredImages {
  let name: String
  private let channels: Channels
  private let size: PatchSize
  /// The samples of all images, `[N, bytes]`.
  private let memory: AlignedBuffer<UInt8>

  init(_ channels: Channels, size: PatchSize, count: Int, _ random: inout RandomStream) throws {
    (name, self.channels, self.size) = (channels.name, channels, size)
    memory = try AlignedBuffer(count: count * channels.sensor.deliveredBytes(at: size))
    for image in 0..<count {
      for (number, grid) in channels.sensor.deliveries(at: size).enumerated() {
        let room = start(of: number, image)
        for index in 0..<grid.size.pixels * channels.sensor.grids[number].bands.count {
          switch grid.type {
          case .uint8:
            room.storeBytes(of: UInt8(random.integer(below: 256)), toByteOffset: index, as: UInt8.self)
          case .uint16:
            room.storeBytes(of: UInt16(random.integer(below: 2001)), toByteOffset: 2 * index, as: UInt16.self)
          case .float32:
            room.storeBytes(of: Float(2 * random.uniform() - 1), toByteOffset: 4 * index, as: Float.self)
          }
        }
      }
    }
  }

  /// The memory of a grid of an image.
  private func start(of grid: Int, _ image: Int) -> UnsafeMutableRawPointer {
    let sensor = channels.sensor
    let before = sensor.deliveries(at: size).prefix(grid).reduce(0) { $0 + $1.bytes }
    return UnsafeMutableRawPointer(memory.pointer) + image * sensor.deliveredBytes(at: size) + before
  }

  /// The first `count` images.
  func samples(_ count: Int) -> RawSamples {
    let sensor = channels.sensor
    let deliveries = sensor.deliveries(at: size)
    let grids = deliveries.enumerated().map { number, grid in
      RawSamples.Grid(
        start(of: number, 0), stride: sensor.deliveredBytes(at: size),
        types: Array(repeating: .init(grid.type), count: count), height: grid.size.height,
        width: grid.size.width, bands: sensor.grids[number].bands.count)
    }
    let bands = channels.bandNames.map { band in
      let grid = sensor.grids.firstIndex { $0.bands.contains(band) }!
      let place = sensor.grids[grid].bands.firstIndex(of: band)!
      switch deliveries[grid].type {
      case .uint8: return RawSamples.Band(grid: grid, band: place, mean: 127.5, deviation: 127.5)
      case .uint16: return RawSamples.Band(grid: grid, band: place, mean: 1000, deviation: 1000)
      case .float32: return RawSamples.Band(grid: grid, band: place, mean: 0, deviation: 1)
      }
    }
    return RawSamples(
      grids: grids, bands: bands, size: (size.height, size.width), image: (size.height, size.width),
      views: Array(repeating: .whole, count: count))
  }
}
