import Basics
import Foundation
import Mustache
import Plots
import Presentation
import Training

/// A report as one HTML page. It needs no network and no script.
package struct ReportPage {
  private let content: ReportContent

  package init(_ content: ReportContent) { self.content = content }

  /// The text of the page. All texts of runs, classes and files are escaped.
  package var html: String {
    let context: [String: Any] = [
      "title": content.title, "version": ProgramVersion.current, "style": Self.style,
      "date": Self.date, "isAlone": content.heads.count == 1,
      "heads": content.heads.map(Self.context),
      "sections": content.sections.map(Self.context),
    ]
    guard let page = Self.library.render(context, withTemplate: "page") else {
      preconditionFailure("the page's template is part of the program")
    }
    return page
  }

  private static var date: String {
    Date.now.formatted(.iso8601.year().month().day())
  }

  // MARK: Templates

  private static let names = ["page", "head", "section", "table", "figure", "gallery"]

  private static let style = text(PackageResources.report_css) + PlotStyle.page

  private static let library: MustacheLibrary = {
    MustacheContentTypes.register(MarkupType(), named: "MARKUP")
    let texts = [
      PackageResources.page_mustache, PackageResources.head_mustache, PackageResources.section_mustache,
      PackageResources.table_mustache, PackageResources.figure_mustache, PackageResources.gallery_mustache,
    ]
    do {
      let templates = try zip(names, texts).map { ($0, try MustacheTemplate(string: text($1))) }
      return MustacheLibrary(templates: Dictionary(uniqueKeysWithValues: templates))
    } catch {
      preconditionFailure("a template of the program is damaged: \(error)")
    }
  }()

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  /// Escapes as the plots do. The library's own way works by characters, and misses a quote with a combining accent.
  private struct MarkupType: MustacheContentType {
    func escapeText(_ text: String) -> String { text.markupText }
  }
}

// MARK: - Values of the templates

extension ReportPage {
  private static func context(_ head: ReportContent.Head) -> [String: Any] {
    [
      "title": head.title, "subtitle": head.subtitle, "judgement": head.verdict.judgement.rawValue,
      "tone": head.verdict.judgement == .better ? "good" : "bad", "sentences": head.verdict.sentences,
      "tiles": head.tiles.map { tile in
        var values = context(tile.value, isNumber: false)
        values["label"] = tile.label
        return values
      },
    ]
  }

  private static func context(_ section: ReportSection) -> [String: Any] {
    var values: [String: Any] = [
      "id": section.id, "title": section.title, "blocks": section.blocks.map(context),
    ]
    if !section.lead.isEmpty { values["lead"] = section.lead }
    return values
  }

  private static func context(_ block: ReportSection.Block) -> [String: Any] {
    switch block {
    case .text(let text): ["text": text]
    case .table(let table): ["table": context(table)]
    case .figures(let figures):
      ["figures": ["kind": "charts", "plots": figures.flatMap(\.plots).map(\.inline)]]
    case .panels(let figure): ["figures": ["kind": "panels", "plots": figure.plots.map(\.inline)]]
    case .wide(let figure):
      [
        "figures": [
          "kind": "wide",
          "plots": figure.plots.map {
            "<div class=\"sheet\" style=\"max-width:\(Int($0.width * 1.1))px;min-width:\(Int($0.width * 0.82))px\">\($0.inline)</div>"
          },
        ]
      ]
    case .legend(let plot):
      [
        "figures": [
          "kind": "legend",
          "plots": ["<div style=\"width:\(Int(plot.width))px;max-width:100%\">\(plot.inline)</div>"],
        ]
      ]
    case .unseen: [:]
    case .gallery(let group): ["gallery": context(group)]
    }
  }

  private static func context(_ table: ReportTable) -> [String: Any] {
    // Numbers of a column stand below each other, so a cell without a detail keeps the room of one.
    let hasDetails = table.columns.indices.map { column in table.rows.contains { $0[column].detail != nil } }
    func cells(_ row: [ReportCell]) -> [[String: Any]] {
      row.indices.map { column in
        var cell = row[column]
        if hasDetails[column], cell.detail == nil { cell.detail = "" }
        return context(cell, isNumber: table.columns[column].isNumber)
      }
    }
    var values: [String: Any] = [
      "name": table.name,
      "columns": table.columns.map { ["title": $0.title, "side": $0.isNumber ? "number" : "word"] },
      "rows": table.rows.map { ["cells": cells($0)] },
      "notes": table.notes,
    ]
    if !table.title.isEmpty { values["heading"] = table.title }
    return values
  }

  private static func context(_ cell: ReportCell, isNumber: Bool) -> [String: Any] {
    var values: [String: Any] = [
      "text": cell.text, "side": isNumber ? "number" : "word", "isStrong": cell.isStrong,
    ]
    if let figure = cell.figure {
      values["figure"] = ["name": figure.name, "value": "\(figure.value)"]
    }
    if let detail = cell.detail { values["detail"] = ["text": detail] }
    if let colour = cell.colour { values["colour"] = ["hex": colour] }
    if let bar = cell.bar {
      var shape = ["width": percent(bar.value)]
      if let interval = bar.interval {
        shape["low"] = percent(interval.lowerBound)
        shape["length"] = percent(interval.upperBound - interval.lowerBound)
      }
      values["bar"] = shape
    }
    return values
  }

  private static func context(_ group: GalleryGroup) -> [String: Any] {
    [
      "title": group.title,
      "cards": group.cards.map { card in
        var values: [String: Any] = [
          "id": card.id, "result": card.result,
          "classes": card.classes.map { line in
            [
              "name": line.name, "width": percent(Double(line.probability)),
              "probability": NumberText.fixed(Double(line.probability), 2),
              "mark": line.mark, "kind": line.kind, "chip": line.colour.map { ["hex": $0] } ?? [:],
            ] as [String: Any]
          },
        ]
        if !card.pictures.isEmpty {
          values["album"] = [
            "pictures": card.pictures.map {
              ["title": $0.title, "data": Data($0.png).base64EncodedString()]
            }
          ]
        }
        return values
      },
    ]
  }

  /// "73.4", for lengths of bars.
  private static func percent(_ share: Double) -> String {
    NumberText.fixed(min(max(share, 0), 1) * 100, 1)
  }
}

extension GalleryGroup.ClassLine {
  /// Found, missed or wrongly predicted; a class that is rightly not predicted has no mark.
  fileprivate var mark: String {
    switch (isTrue, isPredicted) {
    case (true, true): "found"
    case (true, false): "missed"
    case (false, true): "wrong"
    case (false, false): ""
    }
  }

  fileprivate var kind: String { mark.isEmpty ? "absent" : mark }
}
