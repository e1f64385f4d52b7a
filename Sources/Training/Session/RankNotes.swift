import Experiments

/// Notes on the ranks of a run: their hosts, threads, batches and learning rate.
struct RankNotes {
  let experiment: Experiment
  let shares: StepShares
  /// Host and number of threads of each rank.
  let hosts: [String]
  let threads: [Int]

  /// The notes, one line each; none for a run of one process.
  var lines: [String] {
    guard shares.ranks > 1 else { return [] }
    return [
      "\(shares.ranks) ranks (\(places)) with \(Self.range(threads)) \(threads.allSatisfy { $0 == 1 } ? "thread" : "threads") each",
      "\(shares.batchSize) patches a step, \(sizes) a rank" + (scope.map { " (\($0))" } ?? ""),
      experiment.training.syncBatchNorm
        ? nil
        : "batch norm statistics are those of \(sizes) patches a rank, not of the batch of "
          + "\(shares.batchSize); running statistics are those of rank 0",
      learningRate,
    ].compactMap { $0 }
  }

  /// "2 on cpu1, 1 on cpu2", in the order of ranks.
  private var places: String {
    var order: [String] = []
    for host in hosts where !order.contains(host) { order.append(host) }
    return order.map { host in "\(hosts.count { $0 == host }) on \(host)" }.joined(separator: ", ")
  }

  /// Patches of one rank in a full batch: "12 to 13".
  private var sizes: String {
    Self.range([shares.batchSize / shares.ranks, (shares.batchSize + shares.ranks - 1) / shares.ranks])
  }

  private var scope: String? {
    experiment.training.batchScope == .rank
      ? "training.batch_scope rank: \(experiment.training.batchSize) times \(shares.ranks)" : nil
  }

  private var learningRate: String? {
    let training = experiment.training
    guard training.learningRateScaling != .none else { return nil }
    return
      "learning rate \(experiment.learningRate(ranks: shares.ranks)): \(training.learningRate), scaled "
      + "(\(training.learningRateScaling.rawValue)) from a batch of \(training.batchSize) to one of "
      + "\(shares.batchSize)"
  }

  private static func range(_ values: [Int]) -> String {
    let (least, most) = (values.min() ?? 0, values.max() ?? 0)
    return least == most ? "\(least)" : "\(least) to \(most)"
  }
}
