import Imagery

/// The range in which a band of a patch is shown: from its 1st to its 99th percentile, and not narrower than a usual contrast.
///
/// A patch of little contrast, such as a forest or a lake, keeps its place in the usual range: dark surfaces stay dark and
/// green ones green. Example: the usual range is 200 to 3200 and the least span 1000. A band of 600 to 700 then is shown from
/// 465 to 1465, where 650 has the shade 0.185; in the usual range it has 0.15.
struct Contrast {
  /// Where the samples of most patches lie; nil where nothing is known.
  let usual: ClosedRange<Float>?
  /// The least width of the range.
  let leastSpan: Float

  /// By the statistics of the data set: usual are mean − σ to mean + 2 σ, and the least span is σ.
  init(mean: Float, std: Float) { self.init(usual: mean - std...mean + 2 * std, leastSpan: std) }

  init(usual: ClosedRange<Float>?, leastSpan: Float) { (self.usual, self.leastSpan) = (usual, leastSpan) }

  /// The most samples that are sorted. Of more, every n-th counts.
  private static let mostSamples = 16_384

  /// The range for the samples of a patch. Missing samples do not count; 0 to 1 where all are missing.
  func range(of values: [Float]) -> ClosedRange<Float> {
    let step = (values.count + Self.mostSamples - 1) / Self.mostSamples
    let sorted = stride(from: 0, to: values.count, by: max(step, 1)).lazy
      .map { values[$0] }.filter(\.isFinite).sorted()
    guard !sorted.isEmpty else { return 0...1 }
    let left = (sorted.count - 1) / 100
    let (low, high) = (sorted[left], sorted[sorted.count - 1 - left])
    let span = high - low
    guard span < leastSpan else { return low...high }
    let middle = low + span / 2
    // The shade of the middle: 0.5 for a patch of enough contrast, its usual shade for a patch without any.
    let own = usual.map { ($0, (middle - $0.lowerBound) / ($0.upperBound - $0.lowerBound)) }
    let weight = span / leastSpan
    let shade = weight * 0.5 + (1 - weight) * min(max(own?.1 ?? 0.5, 0), 1)
    let start = middle - shade * leastSpan
    return start...start + leastSpan
  }
}
