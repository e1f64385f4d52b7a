import Basics
import Presentation

/// What data cost, for people and for scripts.
extension DataCost {
  /// How fast a network takes patches: "the network" or "ResNet101 on s2", and patches a second.
  package struct Demand: Sendable {
    let name: String
    let rate: Double

    package init(_ name: String, rate: Double) { (self.name, self.rate) = (name, rate) }
  }

  /// The table, at most 80 characters wide.
  /// - Parameter demand: nil where the device cannot predict times.
  func table(_ demand: Demand?) -> TextTable {
    func row(_ title: String, _ form: Form?, _ rate: Double) -> [String] {
      [
        title, form.map { NumberText.grouped($0.files) } ?? "", form.map { NumberText.bytes($0.bytes) } ?? "",
        NumberText.rate(rate),
      ]
    }
    let name = isPack ? "the pack" : "the files"
    var rows = [row("\(name), first reading", own, firstRate), row("\(name), in memory", nil, own.rate)]
    if let packed { rows.append(row("as a pack, in memory", packed, packed.rate)) }
    if let demand { rows.append(row("\(demand.name) takes", nil, demand.rate)) }
    return TextTable(
      columns: [
        .init("data", .left), .init("files", .right), .init("size", .right), .init("patches/s", .right),
      ], rows: rows)
  }

  /// Files, bytes and rates in one line.
  package var line: String {
    let rates = [
      "\(NumberText.rate(firstRate)) patches/s at the first reading",
      "\(NumberText.rate(own.rate)) in memory",
      packed.map { "\(NumberText.rate($0.rate)) as a pack" },
    ]
    return "\(counted(own.files, "file")) of \(NumberText.bytes(own.bytes)); "
      + rates.compactMap { $0 }.joined(separator: ", ")
  }

  /// What was measured, and what follows from it.
  func sentences(_ demand: Demand?) -> [String] {
    let trial =
      "read by \(counted(threads, "thread")): \(counted(tried, "patch", plural: "patches")) of "
      + "\(NumberText.grouped(patches)), of the sensors that the network reads"
    return [trial, packProblem.map { "no trial of a pack: \($0)" }, demand.map(verdict)].compactMap { $0 }
  }

  /// Whether even the first reading is faster than the network, by a fifth.
  package func keepsUp(with demand: Demand) -> Bool { slowest >= 1.2 * demand.rate }

  private var slowest: Double { min(firstRate, own.rate) }

  /// "reading keeps up: 58 times as fast as the network", or what to do.
  package func verdict(_ demand: Demand) -> String {
    let (slow, fast) = (slowest / demand.rate, own.rate / demand.rate)
    func times(_ ratio: Double) -> String { NumberText.rate(ratio) + " times" }
    if keepsUp(with: demand) { return "reading keeps up: \(times(slow)) as fast as \(demand.name)" }
    let remedy = [
      isPack
        ? "copy the pack to a disk of the node (data.stage)"
        : "pack the data (fusionctl pack), copy it to a disk of the node",
      "use more reading threads (data.workers)",
    ].joined(separator: ", or ")
    return fast >= 1.2
      ? "the first epoch waits for data, at \(times(slow)) the speed of \(demand.name); later ones do not where the files "
        + "fit into memory; else \(remedy)"
      : "training waits for data: reading has \(times(fast)) the speed of \(demand.name); \(remedy)"
  }
}

extension DataCost: Encodable {
  private enum CodingKeys: String, CodingKey {
    case patches, threads, files, bytes, pack
    case tried = "patches_tried"
    case isPack = "is_pack"
    case first = "first_patches_per_second"
    case later = "patches_per_second"
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(patches, forKey: .patches)
    try container.encode(tried, forKey: .tried)
    try container.encode(threads, forKey: .threads)
    try container.encode(isPack, forKey: .isPack)
    try container.encode(own.files, forKey: .files)
    try container.encode(own.bytes, forKey: .bytes)
    try container.encode(firstRate, forKey: .first)
    try container.encode(own.rate, forKey: .later)
    try container.encodeIfPresent(packed, forKey: .pack)
  }
}
