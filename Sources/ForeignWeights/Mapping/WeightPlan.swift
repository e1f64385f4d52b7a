import Basics
import Checkpoints

/// What the files of a request give to a network: where the numbers of each tensor come from, and what stays at its start.
package struct WeightPlan: Sendable {
  /// A part of a tensor from a file.
  private struct Part: Sendable {
    let file: WeightFile
    let take: FileMapping.Take
  }

  /// By names of the network, in the order in which parts are filled.
  private var parts: [String: [Part]] = [:]
  /// Counters of batch norms.
  private var counterEntries: [String: (file: WeightFile, entry: WeightFile.Entry)] = [:]
  /// Names of tensors that no file fills.
  package private(set) var left: [String] = []
  /// What the first convolutions see, by the sensors that a file fills.
  package private(set) var inputs: [(sensors: Set<String>, preset: BandPreset)] = []
  /// The metadata of the files.
  package let metadata: [[String: String]]
  /// What was found, one line each, for the user.
  package private(set) var lines: [String] = []

  /// The most names of a kind that are listed.
  private static let listed = 20

  /// Opens the files and maps their tensors.
  /// - Parameters:
  ///   - strictly: whether every tensor must be in the files, heads too.
  ///   - list: called with a line for each tensor that does not fit, before an error is thrown.
  /// - Throws: `InputError`: usage for targets that the network does not have; checkpoint for a file that is damaged or
  ///   does not fit.
  package init(
    _ request: WeightRequest, for network: NetworkTensors, strictly: Bool = false,
    list: (String) -> Void = { _ in }
  ) throws {
    let files = try request.files.map {
      try WeightFile(path: $0.path, ignoresObjects: request.ignoresObjects)
    }
    metadata = files.map(\.metadata)
    let all = network.branches.flatMap(\.tensors) + network.joins
    var heads: [String: String] = [:]
    let dictionaries = try zip(files, request.files).map { try WeightDictionary(of: $0, take: $1.take) }
    let targets = try Self.targets(request, network, dictionaries)
    for (number, file) in files.enumerated() {
      let mapping = try FileMapping(
        file, request.files[number], dictionaries[number], to: targets[number], of: network,
        strictly: strictly)
      try Self.requireFit(mapping, file, request, strictly: strictly, list: list)
      for (name, take) in mapping.takes { parts[name, default: []].append(Part(file: file, take: take)) }
      for (name, entry) in mapping.counters { counterEntries[name] = (file, entry) }
      for (name, reason) in mapping.heads where heads[name] == nil { heads[name] = reason }
      if let preset = mapping.preset {
        let sensors =
          targets[number]?.reduce(into: Set<String>()) { $0.formUnion($1.sensors) } ?? Set(network.sensors)
        inputs.append((sensors, preset))
      }
      lines += Self.lines(file, mapping, targets[number])
    }
    left = all.map(\.name).filter { parts[$0] == nil }
    lines += leftLines(heads, network)
  }

  // MARK: Numbers

  /// Whether a tensor takes all its numbers from the files.
  package func fills(_ name: String) -> Bool {
    guard let parts = parts[name] else { return false }
    return parts.contains { $0.take.recipe?.sources.contains(.untouched) != true }
      || (parts[0].take.recipe?.sources.indices.allSatisfy { channel in
        parts.contains { $0.take.recipe!.sources[channel] != .untouched }
      } ?? false)
  }

  /// Fills a tensor, or the channels of it that come from files. Others keep their values.
  /// - Parameter buffer: with the initial values, unless the files fill the tensor.
  /// - Throws: `InputError` (checkpoint) for damaged data, or for numbers that are not finite.
  package func read(_ name: String, into buffer: UnsafeMutableBufferPointer<Float>) throws {
    for part in parts[name] ?? [] {
      if let recipe = part.take.recipe {
        let shape = part.take.entry.shape
        let kernel = try AlignedBuffer<Float>(count: part.take.entry.count)
        try part.file.read(part.take.entry, into: kernel.elements)
        recipe.apply(
          UnsafeBufferPointer(kernel.elements), channels: shape[1], pixels: shape[2] * shape[3], to: buffer)
      } else {
        try part.file.read(part.take.entry, into: buffer)
      }
      guard buffer.allSatisfy(\.isFinite) else {
        throw InputError(
          .checkpoint, part.file.path, "'\(shownName(name))' holds numbers that are not finite",
          remedy: "export the weights again from a sound training")
      }
    }
  }

  /// The count of batches that a batch norm has seen; 0 where no file says it.
  package func counter(_ name: String) throws -> Int64 {
    try counterEntries[name].map { try $0.file.integer($0.entry) } ?? 0
  }

  // MARK: Targets

  /// The branches that each file fills; nil for the whole network.
  private static func targets(
    _ request: WeightRequest, _ network: NetworkTensors, _ dictionaries: [WeightDictionary]
  ) throws -> [[FileMapping.Target]?] {
    let hasShared = network.branches.contains { $0.name == NetworkTensors.shared }
    let named = request.files.map(\.into)
    let parts = network.targets
    for target in named.joined() where !parts.contains(target) {
      throw InputError(
        .usage, "--into \(target)", "the network has no such part",
        remedy: "give one of \(parts.joined(separator: ", "))")
    }
    for (number, target) in named.joined().enumerated() where named.joined().prefix(number).contains(target) {
      throw InputError(
        .usage, "--into \(target)", "two files cannot fill one part", remedy: "give one of them")
    }
    if network.branches.count == 1 { return single(network.branches[0], named, network) }
    if named.joined().isEmpty, request.files.count == 1 {
      let hits = FileMapping.hits(network, dictionaries[0])
      if 10 * hits.found >= 9 * hits.of { return [nil] }
      guard network.sensors.contains("s2") else {
        throw InputError(
          .usage, "--into",
          "does not say which part of the network gets the weights of \(request.files[0].path)",
          remedy: "give --into \(network.sensors[0])\(hasShared ? " --into shared" : "")")
      }
    }
    // Stages behind the fusion come from the file that is named, else from that of s2.
    let takesDefault = hasShared && !named.joined().contains(NetworkTensors.shared)
    return request.files.indices.map { number in
      var into = named[number].isEmpty ? (request.files.count == 1 ? ["s2"] : []) : named[number]
      if takesDefault, into.contains("s2") { into.append(NetworkTensors.shared) }
      return network.branches.filter { into.contains($0.name) }.map {
        FileMapping.Target(branch: $0, sensors: Set($0.channels.map(\.sensor)), fillsRest: true)
      }
    }
  }

  /// The targets in a network of one branch. Where files are told to fill the bands of sensors, each fills these in the first
  /// convolution, and the first file (or the one named `shared`) fills the rest.
  private static func single(
    _ branch: NetworkTensors.Branch, _ named: [[String]], _ network: NetworkTensors
  ) -> [[FileMapping.Target]?] {
    let rest = named.firstIndex { $0.contains(NetworkTensors.shared) } ?? 0
    return named.indices.map { number in
      let sensors = Set(named[number]).subtracting([NetworkTensors.shared])
      let all = sensors.isEmpty ? Set(network.sensors).subtracting(named.joined()) : sensors
      return [FileMapping.Target(branch: branch, sensors: all, fillsRest: number == rest)]
    }
  }

  // MARK: Differences

  private static func requireFit(
    _ mapping: FileMapping, _ file: WeightFile, _ request: WeightRequest, strictly: Bool,
    list: (String) -> Void
  ) throws {
    let comparison = TensorComparison(
      missing: mapping.missing, unexpected: mapping.unexpected,
      misshaped: mapping.misshaped)
    for line in comparison.lines(limit: listed) { list(line.cut(to: 200).printable) }
    guard !request.isPartial || mapping.takes.isEmpty else { return }
    try comparison.requireNone(
      file: file.path, without: mapping.prefix,
      remedy: strictly || mapping.takes.isEmpty
        ? "check architecture, head, fusion, sensors and classes"
        : "check architecture, head, fusion, sensors and classes, or take what fits with --partial")
  }

  // MARK: Lines

  private static func lines(_ file: WeightFile, _ mapping: FileMapping, _ targets: [FileMapping.Target]?)
    -> [String]
  {
    let place = mapping.dictionary.place.isEmpty ? "" : " in '\(shownName(mapping.dictionary.place))'"
    let facts = file.facts.filter { ["epoch", "arch", "best_prec"].contains($0.name) }
    let known = facts.isEmpty ? "" : " (\(facts.map { "\($0.name) \($0.value)" }.joined(separator: ", ")))"
    var lines = [
      "\(file.path): \(file.container.title), \(counted(mapping.dictionary.tensors.count, "tensor"))\(place)\(known)"
    ]
    if !mapping.prefix.isEmpty {
      lines.append("note: the names begin with '\(shownName(mapping.prefix))', which is left out")
    }
    // A network of one branch has no parts to tell apart, only bands.
    let parts = (targets ?? []).compactMap { target in
      target.fillsRest
        ? (target.branch.channels.isEmpty || !target.branch.prefix.isEmpty ? target.branch.name : nil)
        : target.sensors.sorted().joined(separator: ", ")
    }
    lines.append(
      "taken: \(counted(mapping.takes.count, "tensor"))"
        + (parts.isEmpty ? "" : " into \(parts.joined(separator: " and "))"))
    lines += mapping.channelLines
    if let note = mapping.preset?.note { lines.append("note: \(note)") }
    let types = Dictionary(
      grouping: mapping.takes.values.filter { $0.entry.type != .float32 }, by: \.entry.type)
    for (type, takes) in types.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      lines.append("converted to float32: \(counted(takes.count, "tensor")) of \(type.rawValue)")
    }
    let unused = mapping.unused
    if !unused.isEmpty {
      lines.append(
        "not used: \(counted(unused.count, "tensor")) of the file (\(unused.prefix(3).map { shownName($0) }.joined(separator: ", "))\(unused.count > 3 ? ", …" : ""))"
      )
    }
    if file.ignoredObjects > 0 {
      lines.append(
        "left out: \(counted(file.ignoredObjects, "object")) of other classes, which no network needs")
    }
    return lines.map { $0.cut(to: 400).printable }
  }

  private func leftLines(_ heads: [String: String], _ network: NetworkTensors) -> [String] {
    let whole = network.branches.filter { branch in branch.tensors.allSatisfy { left.contains($0.name) } }
    let others = left.filter { name in
      !whole.contains { branch in branch.tensors.contains { $0.name == name } }
    }
    let branches = whole.map { "left at its start: all \(counted($0.tensors.count, "tensor")) of \($0.name)" }
    let shown =
      branches
      + others.prefix(Self.listed).map { name in
        "left at its start: \(shownName(name))" + (heads[name].map { " (\($0))" } ?? "")
      }
    return shown
      + (others.count > Self.listed ? ["left at its start: … and \(others.count - Self.listed) more"] : [])
  }
}
