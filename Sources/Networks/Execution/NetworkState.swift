import Basics

/// One array of a network's numbers.
public enum StateArray: Hashable, Sendable {
  /// A parameter, by its place in `Graph.parameters`.
  case parameter(Int)
  /// A running statistic, by its place in `Graph.statistics`.
  case statistic(Int)
  /// An array that the optimizer keeps for a parameter, by its place in `OptimizerRule.slotNames`.
  case slot(Int, parameter: Int)
}

/// Parameters, running statistics and optimizer state, read in PyTorch's layout: `[Cout, Cin, KH, KW]` for convolutions.
public protocol NetworkNumbers: AnyObject {
  var parameters: [Parameter] { get }
  var statistics: [Statistic] { get }
  /// PyTorch's names of the arrays that the optimizer keeps for a parameter; empty without an optimizer.
  var slotNames: [String] { get }
  /// Number of updates so far. Steps that were skipped for the loss scale are not counted.
  var steps: Int { get }
  /// The factor of the loss in training steps; nil in a precision without one.
  var lossScale: LossScale? { get }

  /// Copies an array into `out`. Both have the same size.
  func read(_ array: StateArray, into out: UnsafeMutableBufferPointer<Float>) throws
}

/// The numbers of a network on a device, which training changes.
public protocol NetworkState: NetworkNumbers {
  var steps: Int { get set }
  /// - Precondition: a network without a loss scale is given none.
  var lossScale: LossScale? { get set }
  /// Sets an array from elements in PyTorch's layout.
  func write(_ array: StateArray, from elements: UnsafeBufferPointer<Float>) throws
  /// The numbers as they are now. They stay the same until the next call, also while training goes on.
  /// Without `NetworkRequest.keepsSnapshot` they are the state itself: training must wait while they are
  /// read.
  func snapshot() throws -> any NetworkNumbers
  /// A checksum of parameters and statistics, to compare states on devices of one kind.
  var checksum: UInt64 { get throws }
  /// Whether every parameter and statistic is a finite number.
  var isFinite: Bool { get throws }
}

extension NetworkNumbers {
  /// Most precisions have no loss scale.
  public var lossScale: LossScale? { nil }

  /// Number of trained numbers.
  package var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

  /// Number of numbers in the running statistics.
  package var statisticCount: Int { statistics.reduce(0) { $0 + $1.count } }

  /// The shape of an array in PyTorch.
  package func shape(_ array: StateArray) -> [Int] {
    switch array {
    case .parameter(let index), .slot(_, let index): parameters[index].shape
    case .statistic(let index): [statistics[index].count]
    }
  }

  /// A copy of an array.
  package func tensor(_ array: StateArray) throws -> Tensor {
    var tensor = Tensor(zeros: shape(array))
    try tensor.values.withUnsafeMutableBufferPointer { try read(array, into: $0) }
    return tensor
  }
}

extension NetworkState {
  /// Most precisions have no loss scale.
  public var lossScale: LossScale? {
    get { nil }
    set { precondition(newValue == nil, "this network has no loss scale") }
  }

  /// Sets an array from a tensor in PyTorch's layout.
  public func set(_ array: StateArray, _ tensor: Tensor) throws {
    try tensor.values.withUnsafeBufferPointer { try write(array, from: $0) }
  }

  /// Sets the numbers for training from scratch: parameters by `Parameter.initialise`, statistics to their
  /// initial values.
  public func initialise(seed: UInt64) throws {
    // One temporary array serves all parameters: memory reserved again and again stays with the process.
    let largest = parameters.map(\.count).max() ?? 0
    try withUnsafeTemporaryAllocation(of: Float.self, capacity: largest) { room in
      for (index, parameter) in parameters.enumerated() {
        let values = UnsafeMutableBufferPointer(rebasing: room[..<parameter.count])
        values.initialize(repeating: 0)
        parameter.initialise(values, seed: seed)
        try write(.parameter(index), from: UnsafeBufferPointer(values))
      }
    }
    for (index, statistic) in statistics.enumerated() {
      try [Float](repeating: statistic.initialValue, count: statistic.count).withUnsafeBufferPointer {
        try write(.statistic(index), from: $0)
      }
    }
  }
}
