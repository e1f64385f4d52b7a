import Basics
import Metrics
import Presentation

extension ReportSection {
  /// The worst, typical and best patches with pictures, truth and probabilities.
  static func gallery(
    _ subjects: [Subject], _ images: ReportImages, colours: [String]
  ) -> ReportSection {
    var blocks: [Block] = images.absence.map { [.text($0)] } ?? []
    for subject in subjects {
      blocks += GalleryChoice(subject.run).patches.filter { !$0.patches.isEmpty }.map { kind, patches in
        .gallery(
          GalleryGroup(
            title: subject.heading(kind.rawValue), cards: patches.map { card($0, subject, images, colours) }))
      }
    }
    return ReportSection(
      "patches", "Patches",
      lead:
        "Patches with the highest, a middle and the lowest loss, from different \(subjects[0].run.noun.many) where "
        + "possible. Bars are probabilities. Classes that the patch has are bold.", blocks)
  }

  /// The most classes of a card.
  private static let mostClasses = 6

  private static func card(
    _ patch: Int, _ subject: Subject, _ images: ReportImages, _ colours: [String]
  ) -> GalleryGroup.Card {
    let (table, errors) = (subject.table, subject.evidence.errors)
    let (truth, probabilities) = (Array(table.truth(of: patch)), Array(table.probabilities(of: patch)))
    let predicted = table.predicted(patch)
    // Classes that are there or predicted come first, then the most probable ones.
    let order = table.classes.indices.sorted { one, other in
      let ranks = [one, other].map { (truth[$0] || predicted[$0] ? 1 : 0, probabilities[$0]) }
      return ranks[0] == ranks[1] ? one < other : ranks[0] > ranks[1]
    }
    let needed = order.count { truth[$0] || predicted[$0] }
    let shown = order.prefix(max(needed, min(mostClasses, order.count)))
      .sorted { (-probabilities[$0], $0) < (-probabilities[$1], $1) }
    let result =
      table.task == .single
      ? (errors.wrong[patch] == 0 ? "right" : "wrong")
      : "\(errors.wrong[patch]) of \(counted(table.classes.count, "class", plural: "classes")) wrong"
    return GalleryGroup.Card(
      id: table.ids[patch], result: "\(result), loss \(NumberText.loss(errors.loss[patch]))",
      pictures: images.pictures[table.ids[patch]] ?? [],
      classes: shown.map { k in
        .init(
          name: table.classes[k], probability: probabilities[k], isTrue: truth[k], isPredicted: predicted[k],
          colour: colours.indices.contains(k) ? colours[k] : nil)
      })
  }
}
