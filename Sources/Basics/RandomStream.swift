#if canImport(Glibc)
  import Glibc
#endif

/// A reproducible stream of random numbers (SplitMix64; Steele, Lea, Flood 2014).
///
/// A stream follows from its seed and a path of integers alone. So "epoch 3, sample 17" has the same numbers
/// whatever was drawn before, on any number of threads.
package struct RandomStream: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// The stream of a seed and a path: `path: 3, 17` for sample 17 of epoch 3.
  package init(seed: UInt64, path: UInt64...) {
    state = Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15)
    for step in path { state = Self.mix(state ^ Self.mix(step &+ 0x9E37_79B9_7F4A_7C15)) }
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// Uniform in [0, 1).
  package mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Uniform in 0..<bound, without bias.
  package mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0, "a random integer needs a positive bound")
    let range = UInt64(bound)
    while true {
      let (high, low) = range.multipliedFullWidth(by: next())
      if low >= (0 &- range) % range { return Int(high) }
    }
  }

  /// Normal with mean 0 and standard deviation 1 (Box–Muller).
  package mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }

  /// 0..<count in random order (Fisher–Yates).
  package mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, integer(below: last + 1))
    }
    return order
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
