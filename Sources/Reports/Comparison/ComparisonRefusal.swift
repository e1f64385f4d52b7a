import Basics
import Presentation
import Training

/// Errors that say why runs cannot be compared.
enum ComparisonRefusal {
  /// - Parameter groups: at least two. The runs of a group have the same labels.
  static func labels(_ groups: [[ComparedRun]]) -> InputError {
    let (first, other) = (groups[0][0], groups[1][0])
    let names = zip(first.summary.classes, other.summary.classes).first { $0 != $1 }
    let detail =
      first.labels == other.labels
      ? "has other classes than \(first.folder)"
        + (names.map { " ('\(shownName($1))' in place of '\(shownName($0))')" } ?? "")
      : "has other labels (\(other.labels)) than \(first.folder) (\(first.labels))"
    return InputError(
      .data, other.folder, detail,
      remedy: "compare runs of the same labels, or look at each kind alone (--separate): \(command(groups))")
  }

  /// - Parameter groups: at least two. The tests of a group can be compared.
  static func tests(_ groups: [[ComparedRun]]) -> InputError {
    let large = largest(groups)
    let small = groups[groups[0][0].folder == large[0].folder ? 1 : 0]
    let (counts, others) = (small[0].result?.patches, large[0].result?.patches)
    let isOfLabels = counts.flatMap { one in others.map { one.difference(from: $0) == .labels } } ?? false
    let what =
      isOfLabels
      ? "tested with other labels of the \(patches(counts)) than \(names(large))"
      : "tested on \(patches(counts)), \(names(large)) on \(NumberText.grouped(others?.count ?? 0)) others"
    let hasSkipped = !isOfLabels && (small + large).contains { $0.experiment?.nanPolicy == .skip }
    let cause = hasSkipped ? " (data.nan: skip leaves out patches by the sensors that a run reads)" : ""
    return InputError(
      .data, names(small),
      "\(small.count == 1 ? "was" : "were") \(what)\(cause); such figures cannot be put side by side",
      remedy: "test them on the same data, or look at each kind alone (--separate): \(command(groups))")
  }

  private static func largest(_ groups: [[ComparedRun]]) -> [ComparedRun] {
    groups.dropFirst().reduce(groups[0]) { $1.count > $0.count ? $1 : $0 }
  }

  private static func command(_ groups: [[ComparedRun]]) -> String {
    "fusionctl compare \(largest(groups).map(\.folder).joined(separator: " "))"
  }

  private static func patches(_ record: PatchRecord?) -> String {
    NumberText.count(record?.count ?? 0, "patch", "patches")
  }

  /// "runs/s2 and runs/middle".
  static func names(_ runs: [ComparedRun]) -> String {
    let names = runs.map(\.folder)
    return names.count < 2
      ? names.joined() : names.dropLast().joined(separator: ", ") + " and " + names[names.count - 1]
  }
}
