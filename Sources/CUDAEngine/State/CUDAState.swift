import Basics
import CCUDA
import Networks
import Synchronization

/// The flat arrays of a network on a GPU.
struct CUDAArrays: Sendable {
  let layout: ParameterLayout
  let values, statistics: DeviceMemory
  /// What the optimizer keeps, one array for each slot.
  let slots: [DeviceMemory]

  init(_ layout: ParameterLayout, slots: Int, on context: CUDAContext) throws {
    self.layout = layout
    values = try DeviceMemory(4 * layout.count, on: context, for: "parameters")
    statistics = try DeviceMemory(4 * layout.statisticCount, on: context, for: "running statistics")
    self.slots = try (0..<slots).map { _ in
      try DeviceMemory(4 * layout.count, on: context, for: "the state of the optimizer")
    }
  }

  var all: [DeviceMemory] { [values, statistics] + slots }

  /// Address and size of an array.
  func place(_ array: StateArray) -> (address: fcu_address, count: Int) {
    switch array {
    case .parameter(let index):
      (values.address + UInt64(4 * layout.offset(index)), layout.parameters[index].count)
    case .statistic(let index):
      (statistics.address + UInt64(4 * layout.offset(statistic: index)), layout.statistics[index].count)
    case .slot(let slot, let index):
      (slots[slot].address + UInt64(4 * layout.offset(index)), layout.parameters[index].count)
    }
  }
}

/// Numbers on a GPU that can be read: the network's own, or a copy of them.
class CUDANumbers: NetworkNumbers, @unchecked Sendable {
  let arrays: CUDAArrays
  let slotNames: [String]
  fileprivate(set) var stepCount = 0
  fileprivate var scale: LossScale?
  /// Copies to and from the machine, beside the stream that computes.
  fileprivate let copies: CUDAStream
  /// Memory for one array on its way. One thread at a time uses it.
  fileprivate let room: Mutex<PinnedMemory>

  fileprivate init(_ arrays: CUDAArrays, slotNames: [String], on context: CUDAContext) throws {
    (self.arrays, self.slotNames) = (arrays, slotNames)
    copies = try CUDAStream(on: context)
    room = Mutex(
      try PinnedMemory(CUDANumbers.roomBytes(arrays.layout), on: context, for: "copies of parameters"))
  }

  /// Bytes of the machine's memory for one array on its way.
  static func roomBytes(_ layout: ParameterLayout) -> Int {
    4 * max(layout.parameters.map(\.count).max() ?? 0, layout.statistics.map(\.count).max() ?? 0, 2)
  }

  var parameters: [Parameter] { arrays.layout.parameters }
  var statistics: [Statistic] { arrays.layout.statistics }
  var steps: Int { stepCount }
  var lossScale: LossScale? { scale }

  /// Waits for what is still being written to the numbers.
  func settle() throws {}

  func read(_ array: StateArray, into out: UnsafeMutableBufferPointer<Float>) throws {
    try read(array, at: arrays.place(array).address, into: out)
  }

  /// A parameter's part of an array with the layout of the parameters, such as that of the gradients.
  func read(_ memory: DeviceMemory, _ parameter: Int) throws -> [Float] {
    var values = [Float](repeating: 0, count: parameters[parameter].count)
    let address = memory.address + UInt64(4 * arrays.layout.offset(parameter))
    try values.withUnsafeMutableBufferPointer { try read(.parameter(parameter), at: address, into: $0) }
    return values
  }

  /// Copies an array of the size and order of `array` from an address.
  private func read(
    _ array: StateArray, at address: fcu_address, into out: UnsafeMutableBufferPointer<Float>
  ) throws {
    try settle()
    let count = out.count
    try room.withLock { room in
      try copies.context.makeCurrent()
      try copies.copy(4 * count, from: address, to: room.pointer, "reading parameters")
      try copies.synchronise("reading parameters")
      let device = room.pointer.assumingMemoryBound(to: Float.self)
      switch array {
      case .parameter(let index), .slot(_, let index): arrays.layout.toPyTorch(index, device, out)
      case .statistic: _ = out.update(fromContentsOf: UnsafeBufferPointer(start: device, count: count))
      }
    }
  }
}

/// A network's parameters, running statistics and optimizer state on a GPU.
final class CUDAState: CUDANumbers, NetworkState, @unchecked Sendable {
  /// The copy that `snapshot` fills and returns; nil if a snapshot is the state itself.
  private let copy: CUDANumbers?
  /// The stream whose work changes the numbers.
  private let stream: CUDAStream
  private let kernels: KernelModules
  private let results: DeviceMemory
  private let hasOptimizer: Bool
  /// Whether steps or loss scale were set since the GPU was given them.
  private var isScaleSet = true

  /// Bytes of device memory for checksums.
  static let resultBytes = 16

  init(_ plan: CUDAPlan, _ stream: CUDAStream, _ kernels: KernelModules) throws {
    (self.stream, self.kernels) = (stream, kernels)
    let context = stream.context
    hasOptimizer = plan.request.rule != nil
    let names = plan.request.rule?.slotNames ?? []
    let layout = plan.layout
    copy =
      plan.request.keepsSnapshot
      ? try CUDANumbers(
        CUDAArrays(layout, slots: names.count, on: context), slotNames: names, on: context) : nil
    results = try DeviceMemory(Self.resultBytes, on: context, for: "checksums")
    try super.init(CUDAArrays(layout, slots: names.count, on: context), slotNames: names, on: context)
    scale = plan.scalesLoss ? LossScale() : nil
    for memory in arrays.all {
      try stream.fill(memory.bytes, at: memory.address, with: 0, "clearing parameters")
    }
    try stream.synchronise("clearing parameters")
    for (index, statistic) in statistics.enumerated() {
      try [Float](repeating: statistic.initialValue, count: statistic.count).withUnsafeBufferPointer {
        try write(.statistic(index), from: $0)
      }
    }
  }

  override var steps: Int {
    get { stepCount }
    set {
      precondition(hasOptimizer || newValue == 0, "a network without an optimizer has no updates")
      stepCount = newValue
      isScaleSet = true
    }
  }

  override var lossScale: LossScale? {
    get { scale }
    set {
      precondition((newValue == nil) == (scale == nil), "only float16 has a loss scale")
      scale = newValue
      isScaleSet = true
    }
  }

  /// Steps and loss scale, if they were set since the last call.
  func takeSetScale() -> ScaleState? {
    guard isScaleSet, let scale else { return nil }
    isScaleSet = false
    return ScaleState(updates: stepCount, scale)
  }

  /// Takes steps and loss scale as the GPU has them after a step.
  func take(_ state: ScaleState) {
    stepCount = Int(state.updates)
    scale = LossScale(scale: state.scale, goodSteps: Int(state.goodSteps))
  }

  /// Counts an update that has been queued.
  func countStep() { stepCount += 1 }

  override func settle() throws { try stream.synchronise("a step") }

  func write(_ array: StateArray, from elements: UnsafeBufferPointer<Float>) throws {
    try settle()
    let (address, count) = arrays.place(array)
    precondition(elements.count == count, "an array has \(count) numbers, found \(elements.count)")
    try room.withLock { room in
      try copies.context.makeCurrent()
      let device = room.pointer.assumingMemoryBound(to: Float.self)
      switch array {
      case .parameter(let index), .slot(_, let index): arrays.layout.toDevice(index, elements, device)
      case .statistic: device.update(from: elements.baseAddress!, count: count)
      }
      try copies.copy(4 * count, from: room.pointer, to: address, "writing parameters")
      try copies.synchronise("writing parameters")
    }
  }

  func snapshot() throws -> any NetworkNumbers {
    guard let copy else { return self }
    for (source, target) in zip(arrays.all, copy.arrays.all) {
      try stream.copy(source.bytes, from: source.address, to: target.address, "copying the network")
    }
    try stream.synchronise("copying the network")
    (copy.stepCount, copy.scale) = (stepCount, scale)
    return copy
  }

  var checksum: UInt64 {
    get throws { try reduce("checksum_u64", UInt64.self) }
  }

  var isFinite: Bool {
    get throws { try reduce("finite_flag", UInt32.self) == 0 }
  }

  /// Runs a kernel that reduces an array to one number, over parameters and statistics.
  private func reduce<Number: FixedWidthInteger & BitwiseCopyable>(_ kernel: String, _: Number.Type) throws
    -> Number
  {
    let function = try kernels.function(kernel)
    try stream.fill(results.bytes, at: results.address, with: 0, "clearing a checksum")
    for memory in [arrays.values, arrays.statistics] {
      let arguments = PackedArguments([
        .address(memory.address), .count(memory.bytes / 4), .address(results.address),
      ])
      try stream.launch(function, kernel, arguments, .strided(memory.bytes / 4))
    }
    let bytes = MemoryLayout<Number>.size
    let number: UInt64 = try room.withLock { room in
      room.pointer.storeBytes(of: 0, as: UInt64.self)
      try stream.copy(bytes, from: results.address, to: room.pointer, "reading a checksum")
      try stream.synchronise("reading a checksum")
      return room.pointer.load(as: UInt64.self)
    }
    return Number(number)
  }
}
