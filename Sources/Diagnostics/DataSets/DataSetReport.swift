import Basics
import Experiments
import Imagery
import Presentation
import SEN12MS

/// The contents of a data set as a page of text.
package struct DataSetReport {
  private let check: DataSetCheck

  package init(_ check: DataSetCheck) { self.check = check }

  /// Head, table of the splits, shared scenes, classes, and findings.
  package func text(_ style: TextStyle) -> String {
    [
      head(style), table.text, leaks(style), classes(style), findings(style), verdict(style),
    ].filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private func head(_ style: TextStyle) -> String {
    let seasons = check.seasons.map(\.name).joined(separator: ", ")
    let sizes = check.sizes.map(\.description).joined(separator: " and ")
    let metres = check.pixelMetres.map { ", \(NumberText.digits($0)) m a pixel" } ?? ""
    let facts = [
      "\(NumberText.count(check.patches, "patch", "patches"))",
      NumberText.count(check.scenes, "scene", "scenes"),
      check.seasons.isEmpty ? nil : "\(counted(check.seasons.count, "season")) (\(seasons))",
      sizes.isEmpty ? nil : "\(sizes) pixels\(metres)",
    ].compactMap { $0 }
    let lines =
      ["\(style.bold("SEN12MS in \(check.data.printable)")): \(facts.joined(separator: ", "))"]
      + (check.labels.map { labels in
        ["labels and lists in \(labels.printable); validation: \(check.validationText)"]
      } ?? ["no label folder is given (--labels): splits and classes are not counted"])
    return lines.map { style.wrapped($0, indent: 2) + "\n" }.joined()
  }

  private var table: TextTable {
    func row(_ title: String, _ value: (DataSetPart) -> Int?) -> [String] {
      [title] + check.parts.map { value($0).map(NumberText.grouped) ?? "–" }
    }
    let kinds: [FileKind] = [.s1, .s2, .lc]
    var rows = [row("patches", { $0.patches.count }), row("scenes", \.scenes)]
    rows += kinds.map { kind in row("without \(kind.title) file", { $0.absent[kind]?.patches }) }
    if check.parts.contains(where: { $0.unlabelled != nil }) {
      rows.append(row("without label", { $0.unlabelled?.patches }))
    }
    for input in DataSets.channels where check.parts.contains(where: { $0.samples[input] != nil }) {
      rows.append(row("NaN in \(input.sensor.title)", { $0.samples[input]?.missing.patches }))
      if check.parts.contains(where: { $0.samples[input]?.unreadable.patches ?? 0 > 0 }) {
        rows.append(row("unreadable \(input.sensor.title)", { $0.samples[input]?.unreadable.patches }))
      }
    }
    return TextTable(
      columns: [.init("", .left)] + check.parts.map { .init($0.name, .right) }, rows: rows)
  }

  private func leaks(_ style: TextStyle) -> String {
    let lines =
      check.leaks.map { leak in
        "\(leak.first.rawValue) and \(leak.second.rawValue) share "
          + "\(NumberText.count(leak.scenes.count, "scene", "scenes")): results on \(leak.second.rawValue) are optimistic"
      }
      + (check.hasSamples
        ? [] : ["NaN (missing samples): not checked; --nan checks them in a pass over all files"])
    return lines.map { style.wrapped($0, indent: 2) + "\n" }.joined()
  }

  private func findings(_ style: TextStyle) -> String {
    check.findings.map { finding in
      let level =
        switch finding.level {
        case .problem: style.bold(style.red("problem"))
        case .note: style.yellow("note") + "   "
        case .ok: "ok" + "     "
        }
      // The text is wrapped before it is coloured: colour codes take no columns.
      let text = style.wrapped("xxxxxxxx \(finding.text)", indent: 9).dropFirst(8)
      let remedy = finding.remedy.map { style.wrapped("         → \($0)", indent: 11) + "\n" } ?? ""
      return "\(level) \(text)\n\(remedy)"
    }.joined()
  }

  private func verdict(_ style: TextStyle) -> String {
    let problems = check.findings.count { $0.level == .problem }
    let subject = check.labels == nil ? "The files" : "A training"
    guard problems > 0 else {
      return check.labels == nil ? "" : "\(subject) on these data would start.\n"
    }
    let count = NumberText.count(problems, "problem", "problems")
    return style.bold(
      check.labels == nil ? "\(subject) have \(count)." : "\(count) would keep a training from starting.")
      + "\n"
  }
}

// MARK: - Classes

extension DataSetReport {
  /// Width of a bar in cells. A remark takes the place of a bar.
  private static let barCells = 13

  private func classes(_ style: TextStyle) -> String {
    guard check.parts.contains(where: { $0.support != nil }) else { return "" }
    let names = check.experiment.classScheme.classNames
    let shares = names.indices.map { check.share(of: $0, in: check.parts[0]) }
    let most = shares.max() ?? 0
    var rows = names.indices.map { index in
      let counts = check.parts.flatMap { part -> [String] in
        let share = check.share(of: index, in: part)
        return [part.support.map { NumberText.grouped($0[index]) } ?? "–", Self.percent(share)]
      }
      let bar = most > 0 ? style.bar(shares[index] / most, cells: Self.barCells) : ""
      return [names[index]] + counts + [check.remark(on: index) ?? bar]
    }
    if check.parts.contains(where: { $0.withoutClass?.patches ?? 0 > 0 }) {
      rows.append(
        ["no class"]
          + check.parts.flatMap { [$0.withoutClass.map { NumberText.grouped($0.patches) } ?? "–", ""] } + [""]
      )
    }
    let others = zip(2..., check.parts).reduce(0) { sum, part in
      let widest = (rows.map { $0[2 * part.0 - 3].count } + [part.1.name.count]).max() ?? 0
      return sum + widest + 2 + 4 + 2
    }
    // The width that the other columns leave. Long names of the 17 classes are cut in the middle.
    let room = max(style.width - others - Self.barCells - 2, 12)
    rows = rows.map { [$0[0].cut(to: room)] + $0.dropFirst() }
    let columns =
      [.init(check.classTitle.cut(to: max(room, 24)), .left)]
      + check.parts.flatMap { part -> [TextTable.Column] in [.init(part.name, .right), .init("", .right)] }
      + [TextTable.Column("", .left)]
    return TextTable(columns: columns, rows: rows).text
  }

  /// Whole per cent. A share above 0 is never shown as "0 %".
  private static func percent(_ share: Double) -> String {
    share > 0 && share < 0.005 ? "<1 %" : NumberText.percent(share)
  }
}

extension DataSetCheck {
  /// Where the validation patches come from.
  var validationText: String {
    switch experiment.data.validation {
    case .byScene:
      "\(NumberText.percent(experiment.data.validationFraction)) of the training patches in whole scenes held out "
        + "(data.validation: by_scene)"
    case .list: "val_list (data.validation: list)"
    case .paper: "the paper's (data.validation: paper)"
    }
  }

  /// The title of the column of classes: "class, from 10 %".
  var classTitle: String {
    switch experiment.labelType {
    case .multiLabel(let threshold): "class, from \(NumberText.digits(100 * threshold)) %"
    case .singleLabel: "class of most pixels"
    }
  }

  /// The share of a part's labelled patches that show a class; NaN where no patch has a label.
  func share(of index: Int, in part: DataSetPart) -> Double {
    guard let support = part.support, let unlabelled = part.unlabelled else { return .nan }
    return Double(support[index]) / Double(part.patches.count - unlabelled.patches)
  }

  /// "never trained", "never tested"; nil where training and test have the class.
  func remark(on index: Int) -> String? {
    func isNever(_ split: Split) -> Bool {
      parts.first { $0.name == split.rawValue }?.support.map { $0[index] == 0 } ?? false
    }
    return switch (isNever(.train), isNever(.test)) {
    case (true, true): "never there"
    case (true, false): "never trained"
    case (false, true): "never tested"
    case (false, false): nil
    }
  }
}
