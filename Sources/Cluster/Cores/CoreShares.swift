import Basics

/// How ranks on the same machine divide the cores that more than one of them may use.
struct CoreShares {
  let ranks: [RankCores]

  init(_ ranks: [RankCores]) { self.ranks = ranks }

  /// The ranks that may run on a core of `rank`, including `rank`.
  func sharers(of rank: Int) -> [Int] {
    let mask = Set(ranks[rank].mask)
    return ranks.indices.filter {
      ranks[$0].host == ranks[rank].host && !mask.isDisjoint(with: ranks[$0].mask)
    }
  }

  /// The cores of each rank: an equal part of the cores that it shares, at least one. Of cores 0 to 3, the first of two
  /// ranks gets 0 and 1, the second 2 and 3.
  var shares: [[Int]] {
    var users: [String: [Int: Int]] = [:]
    return ranks.indices.map { rank in
      let own = ranks[rank]
      let ordered = own.mask.enumerated().sorted { a, b in
        let (left, right) = (users[own.host]?[a.element] ?? 0, users[own.host]?[b.element] ?? 0)
        return (left, a.offset) < (right, b.offset)
      }
      let share = ordered.prefix(count(rank)).sorted { $0.offset < $1.offset }.map(\.element)
      for core in share { users[own.host, default: [:]][core, default: 0] += 1 }
      return share
    }
  }

  private func count(_ rank: Int) -> Int {
    let own = ranks[rank]
    let part = own.mask.count / sharers(of: rank).count
    guard let quota = own.quota else { return max(1, part) }
    return max(1, min(part, quota / ranks.count { $0.host == own.host }))
  }

  /// Confines this process to the cores of a rank.
  func take(_ rank: Int) { ThreadPool.confine(to: shares[rank]) }

  /// A sentence about the share of a rank; nil if the rank shares no core.
  func note(_ rank: Int, launcher: Launcher) -> String? {
    let own = ranks[rank]
    let onHost = ranks.count { $0.host == own.host }
    let sharers = sharers(of: rank).count
    let share = shares[rank].count
    if sharers > 1 {
      return "\(sharers) ranks share the \(cores(own.mask.count)) of \(own.host), \(cores(share)) each"
    }
    guard launcher == .mpirun, own.mask.count * onHost < own.online else { return nil }
    return "mpirun keeps each rank to \(own.mask.count) of the \(cores(own.online)) of \(own.host); "
      + "mpirun --bind-to none gives it \(own.online / onHost)"
  }

  /// Checks that there is a core for each thread.
  /// - Parameter threads: number of threads of each rank; 0 for a rank whose threads may share cores.
  /// - Throws: `InputError` (usage) when ranks that share cores have more threads than cores.
  func require(threads: [Int], launcher: Launcher) throws {
    var seen = Set<Int>()
    for rank in ranks.indices where !seen.contains(rank) {
      let group = group(of: rank)
      seen.formUnion(group)
      let own = ranks[rank]
      let union = Set(group.flatMap { ranks[$0].mask }).count
      let available = group.compactMap { ranks[$0].quota }.min().map { min($0, union) } ?? union
      let wanted = group.reduce(0) { $0 + threads[$1] }
      guard wanted > available else { continue }
      let most = group.map { threads[$0] }.max()!
      let what =
        group.count == 1
        ? "rank \(rank) has \(counted(wanted, "thread"))"
        : group.allSatisfy { threads[$0] == most }
          ? "\(group.count) ranks have \(counted(most, "thread")) each"
          : "\(group.count) ranks have \(wanted) threads in all"
      var remedies: [String] = []
      if launcher == .mpirun, union < own.online { remedies.append("start with mpirun --bind-to none") }
      if available >= most, group.count > 1 {
        let fitting = available / most
        remedies.append(
          launcher == .mpirun
            ? "start fewer ranks (mpirun -n \(fitting) --bind-to none on one node)"
            : "ask for fewer ranks (srun --ntasks-per-node=\(fitting) --cpus-per-task=\(most))")
      }
      if available >= group.count, most > available / group.count {
        remedies.append("give each rank fewer threads (--threads \(available / group.count))")
      }
      remedies.append("allow it with --oversubscribe")
      throw InputError(
        .usage, "--threads", "\(what) and \(counted(available, "core")) on \(own.host)",
        remedy: remedies.joined(separator: ", or "))
    }
  }

  /// All ranks that share cores with `rank`, directly or through other ranks.
  private func group(of rank: Int) -> [Int] {
    var group: Set = [rank]
    while true {
      let wider = group.union(group.flatMap(sharers))
      if wider == group { return group.sorted() }
      group = wider
    }
  }

  private func cores(_ count: Int) -> String { counted(count, "core") }
}
