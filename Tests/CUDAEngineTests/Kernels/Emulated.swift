import Basics
import CUDAEngine
import KernelEmulation
import Testing

/// An argument of a kernel.
enum Argument {
  case array(DeviceArray?)
  case int(Int)
  case count(Int)
  case float(Float)
  case double(Double)

  fileprivate var bytes: [UInt8] {
    switch self {
    case .array(let array): Self.bytes(of: array.map { UInt(bitPattern: $0.start) } ?? 0)
    case .int(let value): Self.bytes(of: Int32(value))
    case .count(let value): Self.bytes(of: UInt64(value))
    case .float(let value): Self.bytes(of: value)
    case .double(let value): Self.bytes(of: value)
    }
  }

  fileprivate var array: DeviceArray? {
    if case .array(let array) = self { array } else { nil }
  }

  private static func bytes<T: BitwiseCopyable>(of value: T) -> [UInt8] {
    withUnsafeBytes(of: value) { Array($0) }
  }
}

/// The order in which threads and blocks run.
enum ThreadOrder: Int32, CaseIterable, Sendable {
  case forward, reverse, shuffled
}

/// A mistake that a launch makes in a correct kernel, see emulation.h.
enum LaunchMistake: Int32, CaseIterable, Sendable {
  case none = 0
  case noBarriers = 4
  case wrongLanes = 8
}

/// Runs a kernel under the emulation. Returns what was wrong with it, or nil.
func attempt(
  _ name: String, _ shape: LaunchShape, _ order: ThreadOrder, _ arguments: [Argument],
  _ mistake: LaunchMistake = .none
) -> String? {
  guard let kernel = emulation_find(name) else { return "there is no kernel \(name)" }
  let facts = kernel.pointee
  guard Int(facts.count) == arguments.count else { return "\(name) has \(facts.count) arguments" }
  var pointers: [UnsafeRawPointer?] = []
  var cells: [UnsafeMutableRawPointer] = []
  defer { for cell in cells { cell.deallocate() } }
  for (index, argument) in arguments.enumerated() {
    let bytes = argument.bytes
    var isArray = false
    if case .array = argument { isArray = true }
    guard facts.sizes[index] == bytes.count, facts.is_pointer[index] == isArray else {
      return "\(name): argument \(index) has \(facts.sizes[index]) bytes, not \(bytes.count), or another kind"
    }
    let cell = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 16)
    cell.copyMemory(from: bytes, byteCount: bytes.count)
    cells.append(cell)
    pointers.append(UnsafeRawPointer(cell))
  }
  let error = emulation_launch(
    kernel, emulation_size(x: UInt32(shape.blocks), y: UInt32(shape.rows), z: 1),
    emulation_size(x: UInt32(LaunchShape.threads), y: 1, z: 1), pointers,
    order.rawValue + mistake.rawValue, 1)
  if let error { return "\(name): \(String(cString: error))" }
  for argument in arguments where argument.array?.isIntact == false {
    return "\(name) writes outside an array"
  }
  return nil
}

/// Runs a kernel that must succeed.
func launch(_ name: String, _ shape: LaunchShape, _ order: ThreadOrder, _ arguments: [Argument]) {
  #expect(attempt(name, shape, order, arguments) == nil)
}

/// Runs `body` in every order of threads. Its arrays must have the same bits in each. Returns those of the first.
@discardableResult
func inEveryOrder(_ body: (ThreadOrder) -> [DeviceArray]) -> [DeviceArray] {
  let results = ThreadOrder.allCases.map(body)
  for other in results.dropFirst() {
    for (index, (a, b)) in zip(results[0], other).enumerated() {
      #expect(a.bytes == b.bytes, "result \(index) depends on the order of threads")
    }
  }
  return results[0]
}

/// Expects `got` to differ from `expected` by at most `tolerance` times the number, or times `size` if that is larger.
/// - Parameter size: the root mean square of all numbers if nil.
func expectClose(
  _ got: [Double], _ expected: [Double], _ tolerance: Double, _ what: Comment, of size: Double? = nil,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(got.count == expected.count, what, sourceLocation: sourceLocation)
  let size = size ?? (expected.reduce(0) { $0 + $1 * $1 } / Double(max(1, expected.count))).squareRoot()
  var worst = 0.0
  for (a, b) in zip(got, expected) {
    let error = abs(a - b) / max(abs(b), size, .leastNormalMagnitude)
    worst = error.isNaN ? .infinity : max(worst, error)
  }
  #expect(worst <= tolerance, what, sourceLocation: sourceLocation)
}

/// Random numbers of a normal distribution, rounded to the type.
func normal(_ count: Int, _ element: Element = .f32, seed: UInt64) -> [Float] {
  var random = RandomStream(seed: seed)
  return (0..<count).map { _ in element.value(element.bits(Float(random.normal()))) }
}

/// Channel counts below, at and between multiples of 8 and 64.
let channelCounts = [3, 17, 64, 72]
