import Basics
import Imagery
import Metrics
import Plots
import Presentation

extension ReportSection {
  /// Maps of the patches with their errors, and the figures of each cluster; nil where the data set names no clusters and
  /// no positions are known.
  static func places(_ subjects: [Subject], _ positions: PatchPositions?) -> ReportSection? {
    let hasPlaces = subjects.contains { !$0.run.places.isEmpty }
    guard hasPlaces || positions?.isEmpty == false else { return nil }
    let noun = subjects[0].run.noun.one
    var blocks: [Block] = []
    if let positions, !positions.isEmpty {
      if let world = world(subjects[0], positions) { blocks.append(.wide(world)) }
      blocks.append(.legend(legend(isSingle: subjects[0].table.task == .single)))
      blocks += subjects.map { .panels(panels($0, positions)) }
      if let note = positions.note { blocks.append(.text(note)) }
    } else if let reason = positions?.note {
      blocks.append(.text("No map: \(reason)"))
    }
    if hasPlaces { blocks += subjects.map { .table(table($0)) } }
    return ReportSection(
      "places", "Where the patches lie",
      lead: (hasPlaces ? "Patches of one \(noun) look alike, so errors come in groups. " : "")
        + (positions?.isEmpty == false
          ? "Each map shows the patches of a \(noun), north up, the weakest \(noun) first." : ""),
      blocks)
  }

  private static func legend(isSingle: Bool) -> Plot {
    ErrorLegend(
      isSingle
        ? ["right", "wrong"]
        : ["no wrong class", "1 missed or wrong", "2", "3", "4 and more"]
    ).plot("Colours of the patches by their number of wrong classes")
  }

  /// The most clusters with a map of their own.
  private static let mostPanels = 36
  /// The most rows of the table.
  private static let mostRows = 40

  private static func panels(_ subject: Subject, _ positions: PatchPositions) -> ReportFigure {
    let (table, errors) = (subject.table, subject.evidence.errors)
    let known = table.ids.indices.filter { positions[table.ids[$0]] != nil }
    // Positions of different coordinate systems have no common map.
    let groups = Dictionary(grouping: known) { patch in
      "\(table.clusters[patch])\u{0}\(positions[table.ids[patch]]?.system ?? "")"
    }
    let places = Dictionary(
      subject.evidence.places.places.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    func score(_ patches: [Int]) -> Double {
      places[table.clusters[patches[0]]]?.metrics[subject.run.mainFigure].known ?? 0
    }
    let chosen = groups.sorted { (score($0.value), $0.key) < (score($1.value), $1.key) }.prefix(mostPanels)
    let plots = chosen.map { _, patches -> Plot in
      let name = table.clusters[patches[0]]
      let score = places[name].map {
        "\(subject.run.mainFigureName) \(Figures.metric($0.metrics[subject.run.mainFigure], decimals: 2))"
      }
      return ScatterMap(
        name.isEmpty ? "all patches" : name,
        subtitle: [counted(patches.count, "patch", plural: "patches"), score].compactMap(\.self)
          .joined(separator: ", "),
        places: patches.map { patch in
          let position = positions[table.ids[patch]]
          return .init(
            east: position?.east ?? 0, north: position?.north ?? 0, errors: errors.wrong[patch],
            note: "\(table.ids[patch]): \(errors.wrong[patch]) wrong")
        }, side: positions.side
      ).plot("Map of \(name)")
    }
    return ReportFigure(
      subject.name("map"), plots, across: 5,
      columns: ["id", "cluster", "system", "east", "north", "wrong_classes", "loss"],
      rows: known.map { patch in
        let position = positions[table.ids[patch]]
        return [
          table.ids[patch], table.clusters[patch], position?.system ?? "", cell(position?.east),
          cell(position?.north), "\(errors.wrong[patch])", cell(errors.loss[patch]),
        ]
      })
  }

  /// The clusters on the globe; nil where they lie in one place, or their longitudes are not known.
  private static func world(_ subject: Subject, _ positions: PatchPositions) -> ReportFigure? {
    let table = subject.table
    let points = subject.evidence.places.places.compactMap { place -> WorldMap.Point? in
      guard let first = place.patches.first(where: { positions[table.ids[$0]] != nil }),
        let spot = positions[table.ids[first]]?.geographic
      else { return nil }
      return .init(
        longitude: spot.longitude, latitude: spot.latitude, meanErrors: place.meanWrong,
        size: place.patches.count,
        note: "\(place.name): \(counted(place.patches.count, "patch", plural: "patches")), "
          + "\(NumberText.fixed(place.meanWrong, 2)) wrong on average")
    }
    guard let west = points.map(\.longitude).min(), let east = points.map(\.longitude).max(),
      let south = points.map(\.latitude).min(), let north = points.map(\.latitude).max(),
      max(east - west, north - south) > 2
    else { return nil }
    return ReportFigure(
      "world",
      [
        WorldMap("On the globe: the mean of each \(subject.run.noun.one)", points: points).plot(
          "Places of the patches on the globe")
      ],
      columns: ["longitude", "latitude", "patches", "mean_wrong_classes"],
      rows: points.map { [cell($0.longitude), cell($0.latitude), "\($0.size)", cell($0.meanErrors)] })
  }

  private static func table(_ subject: Subject) -> ReportTable {
    let noun = subject.run.noun.one
    let key = subject.run.mainFigure
    let ranked = subject.evidence.places.places.sorted {
      ($0.metrics[key].known ?? 0, $0.name) < ($1.metrics[key].known ?? 0, $1.name)
    }
    let isCut = ranked.count > mostRows
    let shown = isCut ? ranked.prefix(mostRows / 2) + ranked.suffix(mostRows / 2) : ranked[...]
    let hidden = NumberText.count(ranked.count - shown.count, noun, subject.run.noun.many)
    return ReportTable(
      subject.name("places"), title: subject.heading("By \(noun), the weakest first"),
      columns: [
        .init(noun.prefix(1).uppercased() + noun.dropFirst(), isNumber: false), .init("Patches"),
        .init(subject.run.mainFigureName.prefix(1).uppercased() + subject.run.mainFigureName.dropFirst()),
        .init(subject.table.task == .single ? "Share wrong" : "Wrong classes a patch"),
      ],
      rows: shown.map { place in
        var score = ReportCell("place.\(place.name)", place.metrics[key].known)
        score.bar = place.metrics[key].known.map { .init(value: $0, interval: nil) }
        return [
          ReportCell(place.name), ReportCell(NumberText.grouped(place.patches.count)), score,
          ReportCell(NumberText.fixed(place.meanWrong, 2)),
        ]
      }, notes: isCut ? ["\(hidden) between the weakest and the best left out."] : [])
  }
}
