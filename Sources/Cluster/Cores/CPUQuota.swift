/// The processor time that control groups leave to a process.
enum CPUQuota {
  /// Cores' worth of time, rounded up, at least 1; nil without a limit. The smallest limit decides.
  /// - Parameter root: of the file system.
  static func cores(root: String = "/") -> Int? {
    ControlGroups.folders(of: "cpu", root: root).compactMap(limit).min().map { max(1, Int($0.rounded(.up))) }
  }

  /// Cores' worth of time of a group; nil without a limit or without such a folder.
  private static func limit(_ folder: ControlGroups.Folder) -> Double? {
    let fields =
      folder.isVersion2
      ? folder.words("cpu.max")
      : ["cpu.cfs_quota_us", "cpu.cfs_period_us"].compactMap { folder.words($0)?.first }
    guard let fields, fields.count == 2, let quota = Double(fields[0]), let period = Double(fields[1]),
      quota > 0, period > 0
    else { return nil }
    return quota / period
  }
}
