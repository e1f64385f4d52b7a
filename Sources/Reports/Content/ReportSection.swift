import Plots

/// A section of a report.
struct ReportSection {
  enum Block {
    /// A paragraph.
    case text(String)
    case table(ReportTable)
    /// Plots as wide as a column of the page.
    case figures([ReportFigure])
    /// Small plots, many in a row.
    case panels(ReportFigure)
    /// A plot as wide as the page, which a narrow page scrolls.
    case wide(ReportFigure)
    /// The meaning of colours, above the plots that have them.
    case legend(Plot)
    /// A plot that is on no page, because a table there says the same, but has files.
    case unseen(ReportFigure)
    case gallery(GalleryGroup)
  }

  /// The anchor in the page: "classes".
  let id: String
  let title: String
  /// What the section shows and how to read it.
  let lead: String
  var blocks: [Block]

  init(_ id: String, _ title: String, lead: String = "", _ blocks: [Block]) {
    (self.id, self.title, self.lead, self.blocks) = (id, title, lead, blocks)
  }

  var tables: [ReportTable] {
    blocks.compactMap { block in
      if case .table(let table) = block { table } else { nil }
    }
  }

  var figures: [ReportFigure] {
    blocks.flatMap { block -> [ReportFigure] in
      switch block {
      case .figures(let figures): figures
      case .panels(let figure), .wide(let figure), .unseen(let figure): [figure]
      case .text, .table, .gallery, .legend: []
      }
    }
  }
}

/// Patches of a kind with their pictures: the worst, typical ones, the best.
struct GalleryGroup {
  struct Card {
    let id: String
    /// "3 of 10 classes wrong, loss 0.482".
    let result: String
    /// Title and PNG bytes of each picture.
    let pictures: [(title: String, png: [UInt8])]
    let classes: [ClassLine]
  }

  /// A class of a patch: its probability, and whether it is there and predicted.
  struct ClassLine {
    let name: String
    let probability: Float
    let isTrue, isPredicted: Bool
    /// The colour of the class in the label map; nil where none is known.
    let colour: String?
  }

  let title: String
  let cards: [Card]
}
