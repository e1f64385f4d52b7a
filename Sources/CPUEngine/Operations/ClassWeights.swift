import Networks

/// The logits of several networks, weighted by class. A few numbers, so that one thread does it.
struct ClassWeights: Instruction {
  /// What is computed.
  enum Pass: Sendable {
    /// The weighted sum of the logits.
    case forward(logits: BufferID, out: BufferID)
    /// The gradient of the logits.
    case inputGradient(gradient: BufferID, out: BufferID)
    /// The gradient of the weights.
    case weightGradient(logits: BufferID, gradient: BufferID)
  }

  let layer: String
  let weights: ParameterID
  let samples, networks, classes: Int
  let pass: Pass

  var reads: [BufferID] {
    switch pass {
    case .forward(let logits, _): [logits]
    case .inputGradient(let gradient, _): [gradient]
    case .weightGradient(let logits, let gradient): [logits, gradient]
    }
  }
  var writes: [BufferID] {
    switch pass {
    case .forward(_, let out), .inputGradient(_, let out): [out]
    case .weightGradient: []
    }
  }

  func run(_ machine: CPUMachine) {
    let shares = ClassShares(machine.store.value(weights), networks: networks, classes: classes)
    switch pass {
    case .forward(let logits, let out):
      let (x, y) = (machine(logits), machine(out))
      for sample in 0..<samples {
        for k in 0..<classes {
          var sum = 0.0
          for network in 0..<networks {
            sum += shares[network, k] * Double(x[(sample * networks + network) * classes + k])
          }
          y[sample * classes + k] = Float(sum)
        }
      }
    case .inputGradient(let gradient, let out):
      let (g, dx) = (machine(gradient), machine(out))
      for sample in 0..<samples {
        for network in 0..<networks {
          for k in 0..<classes {
            dx[(sample * networks + network) * classes + k] =
              Float(shares[network, k] * Double(g[sample * classes + k]))
          }
        }
      }
    case .weightGradient(let logits, let gradient):
      setGradient(
        shares, machine(logits), machine(gradient), into: machine.gradient(weights))
    }
  }

  /// With pᵢ the sum over the samples of gradient times logit of network i, wᵢ (pᵢ − Σ wⱼ pⱼ).
  private func setGradient(
    _ shares: ClassShares, _ logits: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>,
    into out: UnsafeMutablePointer<Float>
  ) {
    func product(_ network: Int, _ k: Int) -> Double {
      var sum = 0.0
      for sample in 0..<samples {
        sum +=
          Double(gradient[sample * classes + k]) * Double(logits[(sample * networks + network) * classes + k])
      }
      return sum
    }
    for k in 0..<classes {
      var mean = 0.0
      for network in 0..<networks { mean += shares[network, k] * product(network, k) }
      for network in 0..<networks {
        out[network * classes + k] = Float(shares[network, k] * (product(network, k) - mean))
      }
    }
  }
}

extension CPULowering {
  mutating func lowerClassWeights(_ value: Graph.Value, _ weights: ParameterID) -> Stored {
    let out = buffer(value.shape.count)
    emit(
      classWeights(
        value, weights, samples: value.shape.batch,
        .forward(logits: materialised(value.inputs[0], as: .float32), out: out)))
    return .operand(Operand(buffer: out))
  }

  mutating func lowerClassWeightsInputGradient(_ value: Graph.Value, _ weights: ParameterID) -> Stored {
    let out = disposableBuffer(value.shape.count, .float32)
    emit(
      classWeights(
        value, weights, samples: value.shape.batch,
        .inputGradient(gradient: materialised(value.inputs[0], as: .float32), out: out)))
    return .operand(Operand(buffer: out))
  }

  mutating func lowerClassWeightsGradient(_ value: Graph.Value, _ weights: ParameterID) -> Stored {
    emit(
      classWeights(
        value, weights, samples: graph[value.inputs[0]].shape.batch,
        .weightGradient(
          logits: materialised(value.inputs[0], as: .float32),
          gradient: materialised(value.inputs[1], as: .float32))))
    return .nothing
  }

  private func classWeights(
    _ value: Graph.Value, _ weights: ParameterID, samples: Int, _ pass: ClassWeights.Pass
  ) -> ClassWeights {
    let shape = graph[weights].shape
    return ClassWeights(
      layer: value.name, weights: weights, samples: samples, networks: shape[0], classes: shape[1], pass: pass
    )
  }
}
