import Basics

/// The processor time that control groups leave to a process.
enum CPUQuota {
  /// The smallest limit as a number of cores, rounded up, at least 1; nil without a limit. 150 ms of processor time in
  /// every 100 ms give 2.
  /// - Parameter root: the folder taken as the root of the file system.
  static func cores(root: String = "/") -> Int? {
    ControlGroups.folders(of: "cpu", root: root).compactMap(limit).min().map { max(1, Int($0.rounded(.up))) }
  }

  /// The limit of a group as a number of cores; nil without a limit or without such a folder.
  private static func limit(_ folder: ControlGroups.Folder) -> Double? {
    let fields =
      folder.isVersion2
      ? folder.words("cpu.max")
      : ["cpu.cfs_quota_us", "cpu.cfs_period_us"].compactMap { folder.words($0)?.first }
    // Microseconds; "max" and -1 stand for no limit.
    let range = 1...Double(1 << 50)
    guard let fields, fields.count == 2, let quota = BoundedNumber.real(fields[0], in: range),
      let period = BoundedNumber.real(fields[1], in: range)
    else { return nil }
    return min(quota / period, Double(BoundedNumber.Bounds.cores.upperBound))
  }
}
