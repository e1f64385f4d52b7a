import Basics
import Foundation

/// The cores of one rank, as its launcher left them.
struct RankCores: Codable, Equatable, Sendable {
  let host: String
  /// The affinity mask. Cores that share hardware are neighbours.
  let mask: [Int]
  /// The processor time that control groups allow, as a number of cores; nil without a limit.
  let quota: Int?
  /// Number of cores of the machine.
  let online: Int

  static func current() -> RankCores {
    RankCores(
      host: HostName.current, mask: CoreTopology.ordered(ThreadPool.maskCoreNumbers), quota: CPUQuota.cores(),
      online: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
  }

  /// The cores of all ranks, in the order of ranks.
  static func gather(_ communicator: any Communicator) -> [RankCores] {
    let own = current()
    guard communicator.size > 1 else { return [own] }
    do {
      return try communicator.gather(Array(JSONEncoder().encode(own)), "usable cores").map {
        try JSONDecoder().decode(RankCores.self, from: Data($0))
      }
    } catch {
      preconditionFailure("cores are plain numbers: \(error)")
    }
  }
}
