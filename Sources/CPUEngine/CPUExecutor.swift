import Basics
import Networks

/// Memory that several programs use in turn: one arena, and scratch space for each thread.
package final class CPUWorkspace: @unchecked Sendable {
  package let arena: AlignedBuffer<Float>
  package let scratch: AlignedBuffer<Float>
  let scratchStride: Int

  /// Room for the largest of the programs.
  /// - Throws: `InputError` when memory is short.
  package init(for programs: [CPUProgram], threads: Int) throws {
    arena = try AlignedBuffer(count: programs.map(\.arenaCount).max() ?? 0)
    scratchStride = Self.stride(programs)
    scratch = try AlignedBuffer(count: scratchStride * threads)
  }

  /// Bytes that `init` will reserve.
  static func bytes(for programs: [CPUProgram], threads: Int) -> (arena: Int, scratch: Int) {
    (4 * (programs.map(\.arenaCount).max() ?? 0), 4 * stride(programs) * threads)
  }

  private var hasPages = false

  /// Lets the pool's threads make the pages of the arena, which spreads it over the memory nodes of the machine.
  /// Scratch space needs no such call: each thread makes the pages of its own space when it first writes there.
  fileprivate func makePages(on pool: ThreadPool) {
    if !hasPages { arena.makePages(on: pool) }
    hasPages = true
  }

  private static func stride(_ programs: [CPUProgram]) -> Int {
    ((programs.map(\.scratchCount).max() ?? 0) + 1023) / 1024 * 1024
  }
}

/// Runs one program on the threads of a pool. One step at a time; a step allocates no memory of its own.
package final class CPUExecutor {
  package let program: CPUProgram
  private let store: ParameterStore
  private let pool: ThreadPool
  private let workspace: CPUWorkspace
  private let memory: AlignedBuffer<Elements>
  private let losses: AlignedBuffer<Double>
  /// Address of the gradient of each parameter, nil for one that gets none; empty without derivatives.
  private let gradients: AlignedBuffer<UnsafeMutablePointer<Float>?>
  /// How gradients are summed over ranks; empty if the program leaves none in the store.
  private let buckets: [GradientBuckets.Bucket]
  private let inputBuffers: [String: Int]
  /// The outputs of the last run, `[N, H, W, C]`; valid until the next program runs on the workspace.
  package private(set) var outputs: [String: UnsafeBufferPointer<Float>]

  /// - Parameters:
  ///   - store: parameters of the program's graph; gets room for gradients if the program leaves them there.
  ///   - workspace: memory made for this program, perhaps shared with other programs.
  ///   - seed: seed of the dropout masks.
  ///   - bucketBytes: least bytes of gradients that are summed over ranks together. Sums of small buckets start
  ///     sooner; large buckets pay for latency less often.
  /// - Throws: `InputError` when memory is short.
  package init(
    _ program: CPUProgram, store: ParameterStore, pool: ThreadPool, workspace: CPUWorkspace,
    seed: UInt64 = 0, bucketBytes: Int = 4 << 20
  ) throws {
    precondition(
      store.parameters == program.graph.parameters, "the store holds the parameters of another graph")
    precondition(program.arenaCount <= workspace.arena.count, "the workspace is too small for the program")
    // Instructions of every path but `avx512` may call OpenBLAS.
    if program.kernels != .avx512 { try GEMM.prepare(threads: pool.threads) }
    let isTraining = program.mode == .training
    let leavesGradients = isTraining && !program.updatesParameters
    if leavesGradients { try store.makeGradients(on: pool) }
    buckets = leavesGradients ? GradientBuckets(program, store, bytes: bucketBytes).buckets : []
    store.makePages(on: pool)
    workspace.makePages(on: pool)
    self.program = program
    self.store = store
    self.pool = pool
    self.workspace = workspace
    self.seed = seed
    memory = try AlignedBuffer(count: program.buffers.count)
    losses = try AlignedBuffer(count: program.objectives.count)
    gradients = try AlignedBuffer(count: isTraining ? store.parameters.count : 0)
    var inputs: [String: Int] = [:]
    for (index, buffer) in program.buffers.enumerated() {
      if let name = buffer.input { inputs[name] = index }
      let offset = program.plan.offsets[program.owner(of: BufferID(index: index))] ?? 0
      let begin = (buffer.view?.begin ?? 0) * buffer.type.bytes
      memory.pointer[index] = Elements(
        base: UnsafeMutableRawPointer(workspace.arena.pointer) + offset + begin, elementType: buffer.type,
        pitch: buffer.view?.pitch)
    }
    inputBuffers = inputs
    outputs = program.outputs.mapValues { [memory] buffer in
      let elements = memory.pointer[buffer.index]
      precondition(elements.elementType == .float32, "outputs are float32")
      return UnsafeBufferPointer(
        start: elements.base.assumingMemoryBound(to: Float.self), count: program.buffers[buffer.index].count)
    }
    for index in 0..<gradients.count {
      gradients.pointer[index] =
        program.updatesParameters
        ? program.gradients[index].map {
          memory.pointer[$0.index].base.assumingMemoryBound(to: Float.self)
        }
        : store.gradient(ParameterID(index: index))
    }
  }

  private let seed: UInt64

  /// Sets the memory from which later steps read an input, `[N, H, W, C]` in the program's shape. The memory must
  /// stay valid and unchanged until the last of these steps is done.
  /// - Throws: `InputError` (usage) for an input that the program does not have, or memory of another size.
  package func bind(_ input: String, to memory: UnsafeBufferPointer<Float>) throws {
    guard let index = inputBuffers[input] else {
      throw InputError(
        .usage, "input '\(shownName(input))'", "the program has none of that name",
        remedy: "its inputs are \(inputBuffers.keys.sorted().joined(separator: ", "))")
    }
    let expected = program.buffers[index].count
    guard memory.count == expected, let start = memory.baseAddress else {
      throw InputError(
        .usage, "input '\(shownName(input))'",
        "expected \(expected) floats [N, H, W, C], found \(memory.count)")
    }
    bind(input, to: start)
  }

  /// Binds an input that the program has to memory that is known to be large enough.
  package func bind(_ input: String, to memory: UnsafePointer<Float>) {
    guard let index = inputBuffers[input] else {
      preconditionFailure("the program has no input \(input), only \(inputBuffers.keys.sorted())")
    }
    self.memory.pointer[index] = Elements(
      base: UnsafeMutableRawPointer(mutating: memory), elementType: .float32)
    // An output may be the input itself.
    for (name, buffer) in program.outputs where buffer.index == index {
      outputs[name] = UnsafeBufferPointer(start: memory, count: program.buffers[index].count)
    }
  }

  /// Runs all instructions. Every input must be bound.
  ///
  /// - Parameters:
  ///   - step: number of the training step; the dropout masks depend on it.
  ///   - optimizer: optimizer that updates the parameters, within the step if the program updates parameters, else
  ///     after it. A loss or logit that is not finite, here or on another rank, ends the step there. No parameter
  ///     is then updated from it, and the losses of later objectives are NaN.
  ///   - ranks: ranks that run the same step on other samples; nil for one process alone. With ranks, gradients
  ///     are derivatives of the mean loss over the samples of all ranks. They are summed over the ranks by the end
  ///     of the step, or before each update of a program that updates parameters. Losses cover this rank's
  ///     samples only.
  ///   - observe: called after each instruction with its index in `CPUProgram.work` and its seconds.
  package func run(
    step: Int = 0, updating optimizer: Optimizer? = nil, reducing ranks: (any RankReduction)? = nil,
    observing observe: ((_ instruction: Int, _ seconds: Double) -> Void)? = nil
  ) {
    precondition(optimizer.map { $0.store === store } ?? true, "the optimizer is that of another store")
    let machine = CPUMachine(
      pool: pool, store: store, buffers: memory.pointer, scratchBase: workspace.scratch.pointer,
      scratchStride: workspace.scratchStride, losses: losses.pointer, gradients: gradients.pointer,
      update: optimizer?.nextUpdate(), ranks: ranks, step: UInt64(step), seed: seed)
    losses.elements.update(repeating: .nan)
    var begun = 0
    var start = ContinuousClock.now
    for (index, instruction) in program.instructions.enumerated() {
      instruction.run(machine)
      if let observe {
        let end = ContinuousClock.now
        observe(index, (end - start) / .seconds(1))
        start = end
      }
      if optimizer != nil, let loss = instruction as? LossAndGradient, !loss.isFinite(machine) {
        ranks?.finish()
        return
      }
      guard let ranks else { continue }
      while begun < buckets.count, buckets[begun].ready <= index {
        ranks.begin(storeGradients(buckets[begun].range))
        begun += 1
      }
    }
    ranks?.finish()
    guard let optimizer else { return }
    if program.updatesParameters { optimizer.steps += 1 } else { optimizer.step() }
  }

  private func storeGradients(_ range: Range<Int>) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(rebasing: store.gradients!.elements[range])
  }

  /// The losses of the last step, in the order of `program.objectives`.
  package var lossValues: UnsafeBufferPointer<Double> {
    UnsafeBufferPointer(start: losses.pointer, count: losses.count)
  }

  /// One of the outputs.
  package func output(_ name: String) -> UnsafeBufferPointer<Float> {
    guard let output = outputs[name] else { preconditionFailure("the program has no output \(name)") }
    return output
  }
}
