import CPUEngine

/// A reduction of one rank that records its calls.
final class RecordingReduction: RankReduction {
  let samples: Int
  let samplesBefore = 0
  let synchronisesBatchNorm = true
  private let records: Bool
  private(set) var begun: [UnsafeMutableBufferPointer<Float>] = []
  private(set) var exchanges = 0

  init(samples: Int, records: Bool = true) {
    self.samples = samples
    self.records = records
  }

  func sum(_ values: UnsafeMutableBufferPointer<Double>) { exchanges += 1 }
  func begin(_ values: UnsafeMutableBufferPointer<Float>) { if records { begun.append(values) } }
  func finish() {}
}
