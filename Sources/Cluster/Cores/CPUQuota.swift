import Foundation

/// The processor time that control groups leave to a process, as containers and batch systems set it.
enum CPUQuota {
  /// Cores' worth of time, rounded up, at least 1; nil without a limit.
  ///
  /// The limit of every group from that of the process up to the root holds, and the smallest decides. A
  /// container may show a path that only its host knows: the groups that are there count.
  /// - Parameter root: of the file system.
  static func cores(root: String = "/") -> Int? {
    var smallest: Double?
    func consider(_ limit: Double?) {
      guard let limit else { return }
      smallest = min(smallest ?? limit, limit)
    }
    for group in groups(root) {
      for folder in group.ancestors { consider(group.limit(in: "\(root)/\(folder)")) }
    }
    return smallest.map { max(1, Int($0.rounded(.up))) }
  }

  /// A control group of the process: where it is mounted, and its path below.
  private struct Group {
    let mount: String
    let path: String
    let isVersion2: Bool

    /// The folders of the group and of all above it.
    var ancestors: [String] {
      let parts = path.split(separator: "/").filter { $0 != ".." }
      return (0...parts.count).map { ([mount] + parts.prefix($0).map(String.init)).joined(separator: "/") }
    }

    /// Cores' worth of time of a folder; nil without a limit or without such a folder.
    func limit(in folder: String) -> Double? {
      let fields =
        isVersion2
        ? CPUQuota.text(folder + "/cpu.max")?.split(whereSeparator: \.isWhitespace).map(String.init)
        : ["cpu.cfs_quota_us", "cpu.cfs_period_us"].compactMap {
          CPUQuota.text("\(folder)/\($0)")?.trimmingCharacters(in: .whitespacesAndNewlines)
        }
      guard let fields, fields.count == 2, let quota = Double(fields[0]), let period = Double(fields[1]),
        quota > 0, period > 0
      else { return nil }
      return quota / period
    }
  }

  /// Lines are `number:controllers:path`; version 2 has number 0 and no controllers.
  private static func groups(_ root: String) -> [Group] {
    guard let lines = text(root + "/proc/self/cgroup")?.split(separator: "\n") else { return [] }
    return lines.flatMap { line -> [Group] in
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return [] }
      let path = String(fields[2])
      if fields[0] == "0" && fields[1].isEmpty {
        return ["sys/fs/cgroup", "sys/fs/cgroup/unified"].map {
          Group(mount: $0, path: path, isVersion2: true)
        }
      }
      guard fields[1].split(separator: ",").contains("cpu") else { return [] }
      return ["sys/fs/cgroup/\(fields[1])", "sys/fs/cgroup/cpu"].map {
        Group(mount: $0, path: path, isVersion2: false)
      }
    }
  }

  private static func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
}
