/// A trained array of a graph, by its place in `Graph.parameters`.
package struct ParameterID: Hashable, Sendable {
  package let index: Int

  package init(index: Int) { self.index = index }
}

/// A running statistic of a batch norm, by its place in `Graph.statistics`.
package struct StatisticID: Hashable, Sendable { package let index: Int }

/// A value of a graph, by its place in `Graph.values`.
public struct ValueID: Hashable, Sendable {
  package let index: Int

  package init(index: Int) { self.index = index }
}

/// A trained array: its PyTorch name and shape, and its initial values.
public struct Parameter: Hashable, Sendable {
  /// The role of a parameter in its layer: its shape and its initial values follow from it.
  public enum Kind: Hashable, Sendable {
    /// PyTorch `[Cout, Cin, KH, KW]`; kept as `[KH, KW, Cin, Cout]`.
    case convolutionWeight(Window, input: Int, output: Int)
    /// PyTorch `[Cout, Cin · H · W]`; kept as `[H, W, Cin, Cout]`. The window covers the whole image that the layer
    /// reads: 1×1 for a vector, 7×7 for the features of VGG.
    case linearWeight(Window, input: Int, output: Int)
    /// `[Cout]`; `fanIn` is the number of inputs that one output is summed from, nil for a bias that starts at 0.
    case bias(count: Int, fanIn: Int?)
    /// `[C]`, starts at 1.
    case normScale(Int)
    /// `[C]`, starts at 0.
    case normShift(Int)
  }

  /// The name in a PyTorch `state_dict`.
  package let name: String
  @usableFromInline package let kind: Kind

  /// The shape in a PyTorch `state_dict`.
  public var shape: [Int] {
    switch kind {
    case .convolutionWeight(let window, let input, let output): [output, input, window.height, window.width]
    case .linearWeight(let window, let input, let output): [output, input * window.taps]
    case .bias(let count, _), .normScale(let count), .normShift(let count): [count]
    }
  }

  /// Number of elements.
  public var count: Int {
    switch kind {
    case .convolutionWeight(let window, let input, let output),
      .linearWeight(let window, let input, let output):
      output * input * window.taps
    case .bias(let count, _), .normScale(let count), .normShift(let count): count
    }
  }
}

extension Parameter {
  /// Calls `body` with the two places of each element: in PyTorch's row-major tensor, and in the order
  /// `[KH, KW, Cin, Cout]`.
  @inlinable package func forEachElement(_ body: (_ torch: Int, _ inner: Int) -> Void) {
    let (input, output, taps): (Int, Int, Int)
    switch kind {
    case .convolutionWeight(let window, let i, let o), .linearWeight(let window, let i, let o):
      (input, output, taps) = (i, o, window.taps)
    case .bias(let count, _), .normScale(let count), .normShift(let count):
      (input, output, taps) = (1, count, 1)
    }
    var torch = 0
    for o in 0..<output {
      for i in 0..<input {
        for t in 0..<taps {
          body(torch, (t * input + i) * output + o)
          torch += 1
        }
      }
    }
  }
}

/// A running mean or variance, `[C]`, with its PyTorch name.
public struct Statistic: Hashable, Sendable {
  package let name: String
  package let count: Int
  /// 0 for a mean, 1 for a variance.
  package let initialValue: Float
}
