import Experiments
import Imagery
import Presentation

/// Findings about the parts of a data set: those of a training are problems, those of the test are notes.
struct PartFindings {
  let parts: [DataSetPart]
  /// Whether the parts are splits. Otherwise all parts are counted together.
  let areSplits: Bool
  let experiment: Experiment

  /// Patches without a file of one kind.
  func absent(_ kind: DataSetCheck.FileColumn) -> [Finding] {
    all(
      "files", { $0.absent[kind.name] }, { "\($0) of \($1) patches have no \(kind.title) file, first \($2)" },
      remedy: "complete the data, or leave such patches out (--set data.missing=skip)")
  }

  /// Patches without labels, and without classes.
  /// - Parameters:
  ///   - remedy: what to do about patches without labels.
  ///   - isProblem: whether patches without labels keep a training from starting.
  func labels(remedy: String, isProblem: Bool = true) -> [Finding] {
    let policy = experiment.labels.effectiveEmpty
    return all(
      "labels", \.classes?.unlabelled, { "\($0) of \($1) patches have no label, first \($2)" },
      remedy: isProblem ? remedy : nil, isProblem: isProblem)
      + all(
        "labels", \.classes?.without, { "\($0) of \($1) patches show none of the classes, first \($2)" },
        remedy: policy == .error ? "set labels.empty to exclude or keep" : nil, isProblem: policy == .error)
  }

  /// Files of an input that cannot be read, and missing samples.
  func samples(_ input: Channels) -> [Finding] {
    let (policy, title) = (experiment.nanPolicy, input.sensor.title)
    return all(
      "samples", { $0.samples[input]?.unreadable },
      { "\(title) files of \($0) of \($1) patches cannot be read, first \($2)" },
      remedy: "download or copy them again")
      + all(
        "samples", { $0.samples[input]?.missing },
        {
          "\($0) of \($1) patches have missing samples in \(title), first \($2); data.nan is \(policy.rawValue)"
        }, remedy: policy == .fail ? Self.nanRemedy : nil, isProblem: policy == .fail)
  }

  static let nanRemedy =
    "leave such patches out (--set data.nan=skip), fill them (fill), or do as the paper did (paper)"

  /// The same finding for the parts of a training, and for the test.
  /// - Parameters:
  ///   - check: the name of the check.
  ///   - text: the finding, from the number of patches, the number of all patches, and the name of the first.
  ///   - remedy: what to do about it.
  ///   - isProblem: whether it keeps a training from starting.
  private func all(
    _ check: String, _ count: (DataSetPart) -> DataSetPart.Count?,
    _ text: (_ count: String, _ total: String, _ first: String) -> String, remedy: String?,
    isProblem: Bool = true
  ) -> [Finding] {
    let groups = areSplits ? [parts.filter { !$0.isTest }, parts.filter(\.isTest)] : [parts]
    return groups.compactMap { group in
      let counts = group.compactMap(count)
      guard let first = counts.lazy.compactMap(\.first).first else { return nil }
      let isOnlyTest = group.allSatisfy(\.isTest)
      let text = text(
        NumberText.grouped(counts.reduce(0) { $0 + $1.patches }),
        NumberText.grouped(group.reduce(0) { $0 + $1.patches }), first)
      return Finding(
        check, isProblem && !isOnlyTest ? .problem : .note, (isOnlyTest ? "test: " : "") + text,
        remedy: remedy)
    }
  }
}
