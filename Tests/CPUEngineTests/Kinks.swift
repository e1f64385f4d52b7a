import Basics
import CPUEngine
import Networks
import TestSupport

/// Numbers of a network with which no rounding decides a gradient.
///
/// The slope of a ReLU jumps at 0, and the gradient of a maximum moves to another pixel where two pixels are equal. Two
/// correct programs, which sum in other orders, may then disagree. Example: an input of a ReLU was −2e-8 in double
/// precision and positive in float32, which changed a gradient of its layer by a quarter.
extension ReferenceInterpreter {
  /// Moves the shifts of batch norms so that the values of each channel leave a gap around 0, the widest near by.
  /// - Returns: the smallest distance of a ReLU's input from 0, or of a maximum from the next value of its window.
  mutating func leaveKinks() -> Double {
    var distance = Double.infinity
    (values, updatedStatistics) = ([], statistics)
    for value in graph.values {
      values.append(compute(value))
      if case .batchNorm(let norm) = value.operation {
        for (channel, middle) in widestGaps(values.last!, channels: value.shape.channels).enumerated() {
          let shift = parameters[norm.shift.index][channel] - middle
          parameters[norm.shift.index][channel] = Double(Float(shift))
        }
        values[values.count - 1] = compute(value)
      } else if case .relu = value.operation {
        distance = values[value.inputs[0].index].reduce(distance) { min($0, abs($1)) }
      } else if case .maxPool(let pool) = value.operation {
        let (x, input) = (values[value.inputs[0].index], graph[value.inputs[0]].shape)
        distance = min(distance, smallestLead(x, input, pool.window, value.shape))
      }
    }
    return distance
  }

  /// The middle of the widest gap between the values of each channel, from −0.5 to 0.5.
  private func widestGaps(_ x: [Double], channels: Int) -> [Double] {
    (0..<channels).map { channel in
      let near = stride(from: channel, to: x.count, by: channels).map { x[$0] }.filter { abs($0) < 0.5 }
      let places = [-0.5] + near.sorted() + [0.5]
      let gaps = zip(places, places.dropFirst())
      let widest = gaps.max { $0.1 - $0.0 < $1.1 - $1.0 }!
      return (widest.0 + widest.1) / 2
    }
  }

  /// The smallest distance of the largest value of a window from the next one that is not equal to it.
  private func smallestLead(_ x: [Double], _ input: Shape, _ window: Window, _ output: Shape) -> Double {
    let places = maxima(x, input, window, output)
    let channels = input.channels
    var lead = Double.infinity
    forEachTap(window, input, output) { from, to, _ in
      for c in 0..<channels {
        let difference = x[places[to * channels + c]] - x[from * channels + c]
        if difference > 0 { lead = min(lead, difference) }
      }
    }
    return lead
  }
}

extension Workbench {
  /// Fills parameters, statistics and inputs with random numbers with which no rounding decides a gradient. Maxima cannot be
  /// moved apart: other numbers are tried where two are nearly equal.
  /// - Parameter graph: the network without derivatives, of which the bench has a step. It has no dropout.
  func fillAwayFromKinks(_ graph: Graph, seed: UInt64) {
    for attempt: UInt64 in 0... {
      store.scramble(seed: seed + 1000 * attempt)
      fillInputs(seed: seed + 1000 * attempt)
      var forward = ReferenceInterpreter(graph, at: self)
      guard forward.leaveKinks() > 1e-5 else { continue }
      for (index, values) in forward.parameters.enumerated() {
        store.set(index, Tensor(shape: store.parameters[index].shape, values: values.map { Float($0) }))
      }
      return
    }
  }
}
