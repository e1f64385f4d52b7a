import Basics
import Foundation

/// The cores of one rank, as its launcher left them.
struct RankCores: Codable, Equatable, Sendable {
  let host: String
  /// The affinity mask. Cores that share hardware are neighbours.
  let mask: [Int]
  /// Cores' worth of time that control groups allow, nil without a limit.
  let quota: Int?
  /// Cores of the machine.
  let online: Int

  static func current() -> RankCores {
    RankCores(
      host: HostName.current, mask: CoreTopology.ordered(ThreadPool.maskCoreNumbers), quota: CPUQuota.cores(),
      online: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
  }

  /// Those of all ranks.
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

/// Which cores share hardware.
enum CoreTopology {
  /// Cores in the order of socket and physical core, so that a run of them shares as much as possible with
  /// itself and as little as possible with the others.
  static func ordered(_ cores: [Int], root: String = "/sys/devices/system/cpu") -> [Int] {
    let places = cores.map { core in
      let folder = "\(root)/cpu\(core)/topology"
      return (number("\(folder)/physical_package_id"), number("\(folder)/core_id"), core)
    }
    return places.sorted { $0 < $1 }.map(\.2)
  }

  private static func number(_ path: String) -> Int {
    let text = try? String(contentsOfFile: path, encoding: .utf8)
    return text.flatMap {
      BoundedNumber.whole($0.trimmingCharacters(in: .whitespacesAndNewlines), in: 0...Int(Int32.max))
    } ?? 0
  }
}
