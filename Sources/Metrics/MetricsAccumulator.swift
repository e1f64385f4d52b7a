import Basics

/// Gathers the counts behind `ClassificationMetrics` batch by batch. Its memory does not grow with the number
/// of patches; adding one costs O(K log K) for K classes.
package struct MetricsAccumulator: Codable, Sendable {
  /// Sums over patches of figures that are defined patch by patch.
  struct SampleSums: Codable, Sendable {
    var precision = 0.0
    var recall = 0.0
    var f1 = 0.0
    var f2 = 0.0
    var jaccard = 0.0
    var exact = 0.0
    var topWrong = 0.0
    var coverage = 0.0
    var rankingLoss = 0.0
    var averagePrecision = 0.0
  }

  package let task: ClassificationTask
  package let classNames: [String]
  /// Patches added so far.
  package private(set) var samples = 0
  private(set) var samplesWithoutClasses = 0
  private(set) var sums = SampleSums()
  private(set) var confusion: [[Int]]?
  private var truePositives: [Int]
  private var predicted: [Int]
  private var support: [Int]
  /// The highest probability of each class, `[K]`; nil if the probabilities of some patches were not
  /// recorded.
  private var highest: [Float]?

  package init(task: ClassificationTask, classNames: [String]) {
    precondition(!classNames.isEmpty, "metrics need at least one class")
    self.task = task
    self.classNames = classNames
    let zeros = [Int](repeating: 0, count: classNames.count)
    (truePositives, predicted, support) = (zeros, zeros, zeros)
    highest = [Float](repeating: 0, count: classNames.count)
    confusion = task == .single ? classNames.map { _ in zeros } : nil
  }

  /// Whether these counts can come from `samples` patches of the task and the classes of another accumulator.
  /// Counts from a file may be anything.
  package func isPlausible(samples: Int, like other: MetricsAccumulator) -> Bool {
    let counts = [truePositives, predicted, support] + (confusion ?? [])
    return task == other.task && classNames == other.classNames && self.samples == samples
      && (0...samples).contains(samplesWithoutClasses)
      && (confusion?.count == (task == .single ? classNames.count : nil))
      && counts.allSatisfy { row in
        row.count == classNames.count && row.allSatisfy { (0...samples).contains($0) }
      }
      && highest.map { $0.count == classNames.count && $0.allSatisfy { (0...1).contains($0) } } ?? true
  }

  /// The figures of all patches added so far (at least one).
  package var metrics: ClassificationMetrics { ClassificationMetrics(self) }

  /// Adds patches.
  /// - Parameters:
  ///   - probabilities: `[N, K]`.
  ///   - truth: `[N, K]`, 1 where the patch has the class and 0 elsewhere; a single-label row has exactly one
  ///     1.
  /// - Throws: `InputError` (numerics) for a probability that is not finite; nothing is added then.
  package mutating func add(probabilities: [Float], truth: [Float]) throws {
    let classes = classNames.count
    precondition(
      probabilities.count == truth.count && truth.count.isMultiple(of: classes),
      "\(probabilities.count) probabilities and \(truth.count) targets are no rows of \(classes) classes")
    if let position = probabilities.firstIndex(where: { !$0.isFinite }) {
      throw InputError(
        .numerics, "evaluation",
        "the network's probability of \(classNames[position % classes]) is not finite for patch number "
          + "\(samples + position / classes + 1)",
        remedy: "use an earlier checkpoint, or train with a lower learning rate")
    }
    for start in stride(from: 0, to: truth.count, by: classes) {
      addPatch(probabilities[start..<start + classes], truth[start..<start + classes].map { $0 >= 0.5 })
    }
  }

  private mutating func addPatch(_ scores: ArraySlice<Float>, _ truth: [Bool]) {
    let decision = task.predictedClasses(scores)
    highest = highest.map { zip($0, scores).map(max) }
    var (found, claimed, present) = (0, 0, 0)
    for k in truth.indices {
      if truth[k] { present += 1 }
      if decision[k] { claimed += 1 }
      if truth[k] && decision[k] { found += 1 }
      truePositives[k] += truth[k] && decision[k] ? 1 : 0
      predicted[k] += decision[k] ? 1 : 0
      support[k] += truth[k] ? 1 : 0
    }
    samples += 1
    sums.precision += ratio(Double(found), Double(claimed))
    sums.recall += ratio(Double(found), Double(present))
    sums.f1 += fScore(found, claimed, present, beta: 1)
    sums.f2 += fScore(found, claimed, present, beta: 2)
    let union = claimed + present - found
    sums.jaccard += ratio(Double(found), Double(union))
    samplesWithoutClasses += union == 0 ? 1 : 0
    sums.exact += decision == truth ? 1 : 0
    if let top = ClassificationTask.highest(scores) { sums.topWrong += truth[top] ? 0 : 1 }
    addRanking(Array(scores), truth, present)
    if task == .single {
      precondition(present == 1, "a single-label patch has one class, not \(present)")
      confusion![truth.firstIndex(of: true)!][decision.firstIndex(of: true)!] += 1
    }
  }

  /// Coverage, ranking loss and label-ranking average precision of one patch. Equal scores share the last
  /// rank of their group, which is the pessimistic reading.
  private mutating func addRanking(_ scores: [Float], _ truth: [Bool], _ present: Int) {
    let absent = truth.count - present
    let order = scores.indices.sorted { scores[$0] > scores[$1] }
    var (rank, trueSeen, lastTrueRank, inversions, precisions) = (0, 0, 0, 0, 0.0)
    while rank < order.count {
      var end = rank
      var trueInGroup = 0
      while end < order.count && scores[order[end]] == scores[order[rank]] {
        trueInGroup += truth[order[end]] ? 1 : 0
        end += 1
      }
      trueSeen += trueInGroup
      if trueInGroup > 0 {
        lastTrueRank = end
        inversions += trueInGroup * (end - trueSeen)
        precisions += Double(trueInGroup) * Double(trueSeen) / Double(end)
      }
      rank = end
    }
    sums.coverage += Double(lastTrueRank)
    sums.rankingLoss += ratio(Double(inversions), Double(present * absent))
    // Nothing can be ranked wrongly in a patch without classes.
    sums.averagePrecision += present == 0 ? 1 : precisions / Double(present)
  }

  func report(_ k: Int) -> ClassReport {
    let found = truePositives[k]
    return ClassReport(
      name: classNames[k], truePositives: found, falsePositives: predicted[k] - found,
      falseNegatives: support[k] - found, trueNegatives: samples - support[k] - predicted[k] + found,
      highestProbability: highest?[k])
  }
}
