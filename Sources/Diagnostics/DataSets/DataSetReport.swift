import Basics
import DataSets
import Experiments
import Imagery
import Presentation

/// The contents of a data set as a page of text.
package struct DataSetReport {
  let check: DataSetCheck

  package init(_ check: DataSetCheck) { self.check = check }

  /// Head, table of the splits, shared places, classes, values of bands, and findings.
  package func text(_ style: TextStyle) -> String {
    [
      head(style), table.text, remarks(style), classes(style), values(style), findings(style), verdict(style),
    ].filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private func head(_ style: TextStyle) -> String {
    let words = check.placeWords
    let sizes = check.sizes.map(\.description).joined(separator: " and ")
    let metres = check.pixelMetres.map { ", \(NumberText.digits($0)) m a pixel" } ?? ""
    let facts = [
      "\(NumberText.count(check.patches, "patch", "patches"))",
      check.places.map { NumberText.count($0, words.one, words.many) },
      check.seasons.flatMap { seasons in
        seasons.isEmpty ? nil : "\(counted(seasons.count, "season")) (\(seasons.joined(separator: ", ")))"
      },
      sizes.isEmpty ? nil : "\(sizes) pixels\(metres)",
    ].compactMap { $0 }
    let title = style.bold("\(check.title.printable) in \(check.data.printable)")
    let lines =
      ["\(title): \(facts.joined(separator: ", "))"]
      + (check.survey.map { $0.headLines(check) } ?? [labelLine])
    return lines.map { style.wrapped($0, indent: 2) + "\n" }.joined()
  }

  private var labelLine: String {
    guard let labels = check.labels, let validation = check.validation else {
      return "no label folder is given (--labels): splits and classes are not counted"
    }
    return "labels and lists in \(labels.printable); validation: \(validation.text)"
  }

  private var table: TextTable {
    func row(_ title: String, _ value: (DataSetPart) -> Int?) -> [String] {
      [title] + check.parts.map { value($0).map(NumberText.grouped) ?? "–" }
    }
    var rows = [row("patches", \.patches)]
    if check.places != nil { rows.append(row(check.placeWords.many, \.places)) }
    rows += check.files.map { kind in row("without \(kind.title) file", { $0.absent[kind.name]?.patches }) }
    if check.parts.contains(where: { $0.classes != nil }) {
      rows.append(row("without label", { $0.classes?.unlabelled.patches }))
    }
    for input in check.inputs where check.parts.contains(where: { $0.samples[input] != nil }) {
      rows.append(row("NaN in \(input.sensor.title)", { $0.samples[input]?.missing.patches }))
      if check.parts.contains(where: { $0.samples[input]?.unreadable.patches ?? 0 > 0 }) {
        rows.append(row("unreadable \(input.sensor.title)", { $0.samples[input]?.unreadable.patches }))
      }
    }
    return TextTable(
      columns: [.init("", .left)] + check.parts.map { .init($0.name, .right) }, rows: rows)
  }

  private func remarks(_ style: TextStyle) -> String {
    let lines =
      check.overlaps.map { overlap in
        let words = overlap.names.count == 1 ? check.placeWords.one : check.placeWords.many
        return "\(overlap.first.rawValue) and \(overlap.second.rawValue) share "
          + "\(NumberText.grouped(overlap.names.count)) \(words): results on \(overlap.second.rawValue) are optimistic"
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
    guard problems > 0 else { return check.hasSplits ? "A training on these data would start.\n" : "" }
    let count = NumberText.count(problems, "problem", "problems")
    return style.bold(
      check.hasSplits ? "\(count) would keep a training from starting." : "The files have \(count).") + "\n"
  }
}

// MARK: - Classes

extension DataSetReport {
  /// Width of a bar in cells. A remark takes the place of a bar.
  private static let barCells = 13

  private func classes(_ style: TextStyle) -> String {
    guard check.parts.contains(where: { $0.classes != nil }) else { return "" }
    let names = check.experiment.classScheme.classNames
    let shares = names.indices.map { check.share(of: $0, in: check.parts[0]) }
    let most = shares.max() ?? 0
    var rows = names.indices.map { index in
      let counts = check.parts.flatMap { part -> [String] in
        let share = check.share(of: index, in: part)
        return [part.classes.map { NumberText.grouped($0.support[index]) } ?? "–", Self.percent(share)]
      }
      let bar = most > 0 ? style.bar(shares[index] / most, cells: Self.barCells) : ""
      return [names[index]] + counts + [check.remark(on: index) ?? bar]
    }
    if check.parts.contains(where: { $0.classes?.without.patches ?? 0 > 0 }) {
      rows.append(
        ["no class"]
          + check.parts.flatMap { [$0.classes.map { NumberText.grouped($0.without.patches) } ?? "–", ""] } + [
            ""
          ]
      )
    }
    let others = zip(2..., check.parts).reduce(0) { sum, part in
      let widest = (rows.map { $0[2 * part.0 - 3].count } + [part.1.name.count]).max() ?? 0
      let share = max(rows.map { $0[2 * part.0 - 2].count }.max() ?? 0, 4)
      return sum + widest + 2 + share + 2
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
  private var labelKind: LabelRules.Kind { survey?.manifest.labels.kind ?? .fractions }

  /// The title of the column of classes: "class, from 10 %".
  var classTitle: String {
    switch (experiment.labelType, labelKind) {
    case (_, .single), (_, .multi): "class"
    case (.multiLabel(let threshold), .fractions): "class, from \(NumberText.digits(100 * threshold)) %"
    case (.singleLabel, .fractions): "class of most pixels"
    }
  }

  /// The share of a part's labelled patches that show a class; NaN where no patch has a label.
  func share(of index: Int, in part: DataSetPart) -> Double {
    guard let classes = part.classes else { return .nan }
    return Double(classes.support[index]) / Double(part.patches - classes.unlabelled.patches)
  }

  /// "never trained", "never tested"; nil where training and test have the class.
  func remark(on index: Int) -> String? {
    func isNever(_ split: Split) -> Bool {
      parts.first { $0.name == split.rawValue }?.classes.map { $0.support[index] == 0 } ?? false
    }
    let isValidated = parts.contains {
      $0.name == Split.validation.rawValue && $0.classes?.support[index] ?? 0 > 0
    }
    return switch (isNever(.train), isNever(.test)) {
    case (true, true): isValidated ? "never trained" : "never there"
    case (true, false): "never trained"
    case (false, true): "never tested"
    case (false, false): nil
    }
  }
}
