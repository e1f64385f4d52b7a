extension PredictionTable {
  /// Why the figures of two tables cannot be compared patch by patch.
  package enum PairingFault: Equatable, Sendable {
    case classes
    /// A patch that only one of the tables has.
    case patch(String)
    /// A patch that has another truth in the other table.
    case truth(String)
    /// A patch that lies in another cluster in the other table.
    case cluster(String)
  }

  /// Why the patches of the other table are not the same patches; nil where they are, in any order.
  package func pairingFault(with other: PredictionTable) -> PairingFault? {
    guard task == other.task, classes == other.classes else { return .classes }
    let places = Dictionary(zip(other.ids, other.ids.indices), uniquingKeysWith: { one, _ in one })
    for (patch, id) in ids.enumerated() {
      guard let place = places[id] else { return .patch(id) }
      if !truth(of: patch).elementsEqual(other.truth(of: place)) { return .truth(id) }
      if clusters[patch] != other.clusters[place] { return .cluster(id) }
    }
    if other.count == count { return nil }
    let own = Set(ids)
    return other.ids.first { !own.contains($0) }.map { .patch($0) }
  }
}
