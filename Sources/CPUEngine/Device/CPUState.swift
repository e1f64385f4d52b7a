import Basics
import Networks

/// A network's parameters, running statistics and optimizer state, in memory of the process.
package final class CPUState: NetworkState {
  package let store: ParameterStore
  /// nil for a network that is not updated.
  let optimizer: Optimizer?
  /// The copy that `snapshot` fills and returns; nil if a snapshot is the state itself.
  let copy: CPUState?
  private let pool: ThreadPool

  /// - Throws: `InputError` (environment) when memory is short.
  init(_ plan: CPUPlan, pool: ThreadPool) throws {
    let request = plan.request
    self.pool = pool
    store = try ParameterStore(request.parameters, request.statistics)
    if plan.keepsGradients { try store.makeGradients(on: pool) }
    store.makePages(on: pool)
    optimizer = try request.rule.map { [store] rule in
      try Optimizer(rule, learningRate: 0, policies: request.updates, store: store, pool: pool)
    }
    copy = request.keepsSnapshot ? try CPUState(store, optimizer, pool: pool) : nil
  }

  /// Room for a copy of a store and its optimizer.
  private init(_ store: ParameterStore, _ optimizer: Optimizer?, pool: ThreadPool) throws {
    self.pool = pool
    self.store = try ParameterStore(like: store)
    self.optimizer = try optimizer.map { [store = self.store] in try Optimizer(like: $0, store: store) }
    copy = nil
  }

  package var parameters: [Parameter] { store.parameters }
  package var statistics: [Statistic] { store.statistics }
  package var slotNames: [String] { optimizer?.rule.slotNames ?? [] }
  package var checksum: UInt64 { store.checksum }
  package var isFinite: Bool { store.isFinite }

  /// Updates done so far; 0 without an optimizer.
  package var steps: Int {
    get { optimizer?.steps ?? 0 }
    set {
      precondition(optimizer != nil || newValue == 0, "a network without an optimizer has no updates")
      optimizer?.steps = newValue
    }
  }

  package func read(_ array: StateArray, into out: UnsafeMutableBufferPointer<Float>) {
    switch array {
    case .parameter(let index): store.copy(index, into: out)
    case .statistic(let index): store.copy(statistic: index, into: out)
    case .slot(let slot, let index): requiredOptimizer.copy(slot: slot, parameter: index, into: out)
    }
  }

  package func write(_ array: StateArray, from elements: UnsafeBufferPointer<Float>) {
    switch array {
    case .parameter(let index): store.set(index, from: elements)
    case .statistic(let index): store.set(statistic: index, from: elements)
    case .slot(let slot, let index): requiredOptimizer.set(slot: slot, parameter: index, from: elements)
    }
  }

  package func snapshot() -> any NetworkNumbers {
    guard let copy else { return self }
    if let optimizer { copy.optimizer!.copy(optimizer) } else { copy.store.copy(store, on: pool) }
    return copy
  }

  private var requiredOptimizer: Optimizer {
    guard let optimizer else { preconditionFailure("the request had no optimizer") }
    return optimizer
  }
}

extension CPUState {
  /// Gives every rank the parameters, statistics and optimizer state of the first rank.
  func share(among ranks: any Communicator) {
    for bytes in store.memory { ranks.broadcast(bytes, "the network") }
    guard let optimizer else { return }
    for bytes in optimizer.memory { ranks.broadcast(bytes, "the state of the optimizer") }
    withUnsafeMutableBytes(of: &optimizer.steps) { ranks.broadcast($0, "the state of the optimizer") }
  }

  /// Gives every rank the running statistics of the first rank.
  func shareStatistics(among ranks: any Communicator) {
    ranks.broadcast(store.statisticMemory, "running statistics")
  }

  /// Bytes that are reserved, by purpose: counted from the buffers, not from the plan.
  var reserved: [ExecutionPlan.Purpose: Int] {
    let own = [
      ExecutionPlan.Purpose.parameters: 4 * store.values.count,
      .statistics: 4 * store.statisticValues.count, .gradients: 4 * (store.gradients?.count ?? 0),
      .optimizerState: (optimizer?.slots ?? []).reduce(0) { $0 + 4 * $1.count },
    ]
    let copied = copy?.reserved.values.reduce(0, +) ?? 0
    return own.merging([.snapshot: copied]) { $1 }
  }
}
