import Cluster
import Foundation

/// Checks a machine and its batch system for faults that would make a run fail.
package struct Doctor {
  /// The checks.
  package enum Check: String, CaseIterable, Sendable {
    case libraries, processor, gpu, memory, launch, slurm, data, labels
    case dataSpeed = "data-speed"
    case runFolder = "run-folder"
    case openFiles = "open-files"
  }

  /// The data folder; nil where it is not checked.
  package var data: String?
  /// The folder of label file and split lists; nil where it is not checked.
  package var labels: String?
  /// The run folder, existing or planned; nil means the current folder.
  package var out: String?
  /// The checks to run.
  package var checks: [Check]

  package init(
    data: String? = nil, labels: String? = nil, out: String? = nil, checks: [Check] = Check.allCases
  ) {
    self.data = data
    self.labels = labels
    self.out = out
    self.checks = checks
  }

  /// Runs the checks on every rank of a launch. The report has all findings of the first rank, and the notes and
  /// problems of other ranks that differ.
  package func examine(_ ranks: Ranks?) throws -> DoctorReport {
    let own = checks.flatMap { findings($0, ranks) }
    let host = ranks?.hosts[0] ?? HostName.current
    guard let ranks, ranks.size > 1 else { return report(host, own, nodes: 1) }
    let all = try ranks.communicator.gather(Array(JSONEncoder().encode(own)), "findings").map {
      try JSONDecoder().decode([Finding].self, from: Data($0))
    }
    let others = all.enumerated().dropFirst().flatMap { rank, theirs in
      theirs.filter { $0.level != .ok && !all[0].contains($0) }.map {
        Finding($0.check, $0.level, "\(ranks.name(rank)): \($0.text)", remedy: $0.remedy)
      }
    }
    let merged = checks.flatMap { check in (all[0] + others).filter { $0.check == check.rawValue } }
    return report(host, merged, nodes: Set(ranks.hosts).count)
  }

  private func report(_ host: String, _ findings: [Finding], nodes: Int) -> DoctorReport {
    DoctorReport(host: host, findings: findings, notChecked: notChecked(nodes: nodes))
  }

  /// Names what a report without problems has not checked; empty where the user has chosen the checks.
  private func notChecked(nodes: Int) -> [String] {
    guard checks == Check.allCases else { return [] }
    let places = [
      data == nil ? "the data (--data)" : nil, labels == nil ? "the label folder (--labels)" : nil,
      "every file and label (fusionctl dataset check)",
      nodes == 1 ? "several nodes (srun --mpi=pmix fusionctl doctor in a job)" : nil,
    ]
    return places.compactMap { $0 }
  }

  private func findings(_ check: Check, _ ranks: Ranks?) -> [Finding] {
    switch check {
    case .libraries: LibrariesCheck.findings
    case .processor: ProcessorCheck.findings(ranks)
    case .gpu: GPUCheck.findings
    case .memory: MemoryCheck.findings
    case .launch: LaunchCheck(ranks).findings
    case .slurm: SlurmCheck(ProcessInfo.processInfo.environment).findings
    case .data: data.map(DataFolderCheck.findings) ?? []
    case .labels: labels.map(LabelFolderCheck.findings) ?? []
    // One rank measures: several would share the disk.
    case .dataSpeed:
      ranks?.isFirst == false ? [] : data.map { DataSpeedCheck(data: $0, labels: labels).findings } ?? []
    case .runFolder: RunFolderCheck(out ?? FileManager.default.currentDirectoryPath).findings
    case .openFiles: OpenFilesCheck.findings
    }
  }
}
