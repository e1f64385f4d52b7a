import Basics
import Experiments
import Presentation
import Training

extension ReportSection {
  /// What the runs were: settings beside the defaults, network, data and its digests, versions, hosts.
  static func origin(_ subjects: [Subject]) -> ReportSection {
    // Networks that are fused late were trained with settings of their own, which their runs tell.
    let isFused = subjects.allSatisfy { $0.run.summary.networks != nil }
    return ReportSection(
      "origin", "What it was",
      lead:
        "With these \(isFused ? "networks" : "settings"), lists and labels the \(isFused ? "test" : "run") can be made again, "
        + "to the bit on the same kind of machine.",
      (isFused ? [] : [.table(settings(subjects))]) + [.table(facts(subjects))])
  }

  /// Keys whose values are not the defaults.
  private static func settings(_ subjects: [Subject]) -> ReportTable {
    let defaults = Experiment()
    let known = subjects.compactMap(\.run.run.experiment)
    let rows = ExperimentKey.all.compactMap { key -> [ReportCell]? in
      let usual = key.text(defaults)
      guard known.contains(where: { key.text($0) != usual }) else { return nil }
      let values = subjects.map { subject -> ReportCell in
        guard let experiment = subject.run.run.experiment else { return ReportCell(Figures.missing) }
        var cell = ReportCell(key.text(experiment))
        cell.isStrong = key.text(experiment) != usual
        return cell
      }
      return [ReportCell(key.path)] + values + [ReportCell(usual)]
    }
    let problems = subjects.compactMap { subject in
      subject.run.run.configurationProblem.map { "\(subject.title): the settings are not known: \($0)" }
    }
    return ReportTable(
      "settings", title: "Settings that differ from the defaults",
      columns: [.init("Key", isNumber: false)]
        + subjects.map { .init($0.isAlone ? "Value" : $0.title, isNumber: false) }
        + [.init("Default", isNumber: false)], rows: rows, notes: problems)
  }

  private static func facts(_ subjects: [Subject]) -> ReportTable {
    func row(_ title: String, _ value: (Subject) -> String?) -> [ReportCell] {
      [ReportCell(title)] + subjects.map { ReportCell(value($0) ?? Figures.missing) }
    }
    let summaries = { (subject: Subject) in subject.run.summary }
    let rows: [[ReportCell]] = [
      row("Folder") { $0.run.run.folder },
      row("Experiment") { summaries($0).name },
      row("Network") { summaries($0).architecture },
      row("Fusion") { summaries($0).fusion },
      row("Sensors") { summaries($0).sensors.joined(separator: " + ") },
      row("Parameters") { NumberText.grouped(summaries($0).parameters) },
      row("Seed") { "\(summaries($0).seed)" },
      row("Evaluated checkpoint") { subject in
        switch subject.run.split {
        case .test: subject.run.run.result?.checkpoints.map(\.title).joined(separator: " + ")
        case .train, .validation: summaries(subject).best.map { "best, epoch \($0.epoch)" }
        }
      },
      row("Fused networks") { summaries($0).networks?.map(\.path).joined(separator: " + ") },
      row("Digest of its weights") { subject in
        subject.run.run.result?.checkpoints.map(\.weights).joined(separator: " + ")
      },
      row("Data folder") { $0.run.run.result?.data ?? summaries($0).run?.data },
      row("Label folder") { $0.run.run.result?.labels ?? summaries($0).run?.labels },
      row("Digest of the evaluated patches and labels") { subject in
        switch subject.run.split {
        case .test: subject.run.run.result?.patches.digest
        case .train, .validation: summaries(subject).splits?[subject.run.split.rawValue]?.digest
        }
      },
      row("Digest of the training patches and labels") { summaries($0).splits?["train"]?.digest },
      row("Training patches") { summaries($0).splits?["train"].map { NumberText.grouped($0.count) } },
      row("fusionctl") { summaries($0).version },
      row("Libraries") { summaries($0).run?.parts.last?.libraries.joined(separator: ", ") },
      row("Host") { summaries($0).run?.parts.last?.host },
      row("Processor") { summaries($0).run?.parts.last?.processor },
    ]
    return ReportTable(
      "origin", title: "Network, data, versions and host",
      columns: [.init("", isNumber: false)]
        + subjects.map { .init($0.isAlone ? "Value" : $0.title, isNumber: false) },
      rows: rows.filter { row in row.dropFirst().contains { $0.text != Figures.missing } })
  }
}
