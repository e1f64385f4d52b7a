import Networks

/// What a request becomes on the CPU: its programs and all memory that they need. `CPUNetwork` reserves that memory.
struct CPUPlan: Sendable {
  let request: NetworkRequest
  let device: CPUDevice
  /// Training programs, by batch size.
  let training: [Int: CPUProgram]
  /// Inference programs, by batch size.
  let inference: [Int: CPUProgram]

  init(_ request: NetworkRequest, device: CPUDevice) {
    self.request = request
    self.device = device
    training = request.training.mapValues {
      $0.graph.trainingProgram(
        $0.objectives, kernels: device.kernels, precision: request.precision, memory: request.memory)
    }
    inference = request.inference.mapValues {
      $0.loweredForCPU(.inference, kernels: device.kernels, precision: request.precision)
    }
  }

  /// All programs: training, then inference, each in order of batch size.
  var programs: [CPUProgram] {
    [training, inference].flatMap { programs in programs.keys.sorted().map { programs[$0]! } }
  }

  /// Whether the store keeps all gradients until the parameters are updated at the end of a step.
  var keepsGradients: Bool {
    request.memory == .balanced && (request.rule != nil || !training.isEmpty)
  }

  /// Bytes by purpose.
  var parts: [ExecutionPlan.Part] {
    let work = CPUWorkspace.bytes(for: programs, threads: device.threads)
    let count = ParameterStore.count(request.parameters.map(\.count))
    let statistics = 4 * ParameterStore.count(request.statistics.map(\.count))
    let slots = request.rule?.stateBytes(count: count) ?? 0
    return [
      .init(.host, .activations, bytes: work.arena), .init(.host, .scratch, bytes: work.scratch),
      .init(.host, .parameters, bytes: 4 * count), .init(.host, .statistics, bytes: statistics),
      .init(.host, .gradients, bytes: keepsGradients ? 4 * count : 0),
      .init(.host, .optimizerState, bytes: slots),
      .init(.host, .snapshot, bytes: request.keepsSnapshot ? 4 * count + statistics + slots : 0),
    ]
  }

  /// The plan in the form that is the same for every device.
  var execution: ExecutionPlan {
    let step = training.max { $0.key < $1.key }?.value
    let evaluation = inference.max { $0.key < $1.key }?.value
    var plan = ExecutionPlan(
      parts: parts,
      addressSpace: device.kernels == .avx512 ? 0 : device.threads * BLASLibrary.bufferBytes,
      step: step?.graph, keptBytes: step?.keptBytes ?? [:], kernelChoices: step?.kernelChoices ?? [],
      isTimeReliable: device.kernels != .reference
    ) { [device, request] in
      let rates = try device.rates(request.precision)
      return PredictedTime(
        trainingStep: step.map { Self.seconds(of: $0, request, rates) },
        evaluation: evaluation?.predictedSeconds(on: rates), speed: rates.speed)
    }
    plan.copiedBytes = step?.copiedBytes ?? [:]
    return plan
  }

  /// Predicted seconds of a training step, its update included.
  private static func seconds(
    of step: CPUProgram, _ request: NetworkRequest, _ rates: MachineRates
  ) -> Double {
    let count = request.parameters.reduce(0) { $0 + $1.count }
    // A program that updates parameters counts already the gradients that its updates read.
    let update =
      (request.rule?.updateBytes(count: count) ?? 0) - (step.updatesParameters ? 4 * count : 0)
    return step.predictedSeconds(on: rates) + Double(update) / rates.updateBytesPerSecond
  }
}
