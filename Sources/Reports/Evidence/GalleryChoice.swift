/// The patches that the gallery shows.
struct GalleryChoice {
  /// Positions of patches in the table, by kind.
  let patches: [(kind: PatchErrors.Kind, patches: [Int])]
  let ids: [String]

  /// Patches of each kind.
  private static let count = 4

  init(_ run: ReportedRun) {
    let errors = PatchErrors(run.table)
    var seen: Set<Int> = []
    // A small split has fewer patches than places in the gallery; each is shown once.
    var chosen: [PatchErrors.Kind: [Int]] = [:]
    for kind in [PatchErrors.Kind.worst, .best, .typical] {
      let ranked = errors.patches(kind, count: Self.count + seen.count, clusters: run.table.clusters)
      let fresh = ranked.filter { !seen.contains($0) }.prefix(Self.count)
      seen.formUnion(fresh)
      chosen[kind] = Array(fresh)
    }
    patches = PatchErrors.Kind.allCases.map { ($0, chosen[$0] ?? []) }
    ids = patches.flatMap(\.patches).map { run.table.ids[$0] }
  }
}
