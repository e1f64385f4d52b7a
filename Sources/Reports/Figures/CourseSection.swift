import Basics
import Foundation
import Presentation
import Training

extension ReportSection {
  /// How the runs went: time, speed, waiting, stops and resumes.
  static func course(_ subjects: [Subject]) -> ReportSection {
    var blocks: [Block] = [.table(facts(subjects))]
    let trained = subjects.filter { !$0.run.epochs.isEmpty }
    if !trained.isEmpty {
      blocks.append(
        .figures([
          figure(trained, "speed", "Training patches a second", including: [0]) { $0.pace.imagesPerSecond },
          figure(trained, "waiting", "Share of the time spent waiting for data", including: [0, 0.1]) {
            $0.pace.dataWaitShare
          },
          figure(trained, "learning-rate", "Learning rate", including: [0]) { $0.learningRate },
        ]))
    }
    blocks += subjects.compactMap { subject in
      subject.run.epochsProblem.map { .text("\(subject.title) has no curves: \($0).") }
    }
    blocks += subjects.compactMap { subject in parts(subject).map(Block.table) }
    return ReportSection("course", "How the run went", blocks)
  }

  private static func facts(_ subjects: [Subject]) -> ReportTable {
    func row(_ title: String, _ value: (RunSummary) -> String?) -> [ReportCell] {
      [ReportCell(title)] + subjects.map { ReportCell(value($0.run.summary) ?? Figures.missing) }
    }
    let rows = [
      row("Epochs") { $0.epochs == 0 ? nil : "\($0.completedEpochs) of \($0.epochs)" },
      row("Finished") { $0.finished ? "yes" : "no" },
      row("Time of training") { $0.epochs == 0 ? nil : NumberText.duration($0.seconds) },
      row("Patches a second") { $0.epochs == 0 ? nil : NumberText.rate($0.imagesPerSecond) },
      row("Waiting for data") { $0.dataWaitShare.map(NumberText.percent) },
      row("Starts") { $0.run.map { counted($0.parts.count, "start") } },
      row("Memory of the GPU, at most") { $0.peakDeviceBytes.map(NumberText.bytes) },
      row("Changes of the data accepted") { summary in
        summary.acceptedChanges?.map {
          "after epoch \($0.afterEpoch): \($0.changed.joined(separator: ", "))"
        }
        .joined(separator: "; ")
      },
    ]
    return ReportTable(
      "course",
      columns: [.init("", isNumber: false)] + subjects.map { .init($0.isAlone ? "Value" : $0.title) },
      rows: rows.filter { row in row.dropFirst().contains { $0.text != Figures.missing } })
  }

  /// The starts, stops and resumes of a run; nil where they are not known.
  private static func parts(_ subject: Subject) -> ReportTable? {
    guard let parts = subject.run.summary.run?.parts, !parts.isEmpty else { return nil }
    return ReportTable(
      subject.name("parts"), title: subject.heading("Starts and stops (UTC)"),
      columns: ["Started", "Last result", "Host", "Computed by", "Command"].map {
        .init($0, isNumber: false)
      },
      rows: parts.map { part in
        let ranks = part.ranks > 1 ? "\(part.ranks) ranks, " : ""
        let device = [part.model, part.device].compactMap(\.self).first ?? part.processor ?? "cpu"
        return [
          ReportCell(minute(part.started)), ReportCell(minute(part.ended)), ReportCell(part.host),
          ReportCell("\(device), \(ranks)\(counted(part.threads, "thread"))"),
          ReportCell(part.command ?? Figures.missing),
        ]
      })
  }

  /// "2026-03-01 12:00" of "2026-03-01T12:00:00.000Z".
  static func minute(_ date: String) -> String {
    date.count >= 16 ? date.prefix(16).replacingOccurrences(of: "T", with: " ") : date
  }
}
