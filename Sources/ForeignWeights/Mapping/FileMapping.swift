import Basics
import Checkpoints

/// What one file gives to the tensors of a network.
struct FileMapping {
  /// Where the numbers of a tensor come from.
  struct Take {
    let entry: WeightFile.Entry
    /// For a first convolution of other channels; nil to take the tensor as it is.
    let recipe: ChannelRecipe?
  }

  /// By names of the network.
  private(set) var takes: [String: Take] = [:]
  /// Names of counters of batch norms in the network, and their places in the file.
  private(set) var counters: [String: WeightFile.Entry] = [:]
  private(set) var missing: [String] = []
  private(set) var unexpected: [String] = []
  private(set) var misshaped: [String] = []
  /// Tensors of the head that the file does not fill, with the reason.
  private(set) var heads: [(name: String, reason: String)] = []
  /// What the first convolution sees in the file; nil where the network's is not filled.
  private(set) var preset: BandPreset?
  /// One line about the first convolution of each branch.
  private(set) var channelLines: [String] = []
  let dictionary: WeightDictionary
  let prefix: String

  private let file: WeightFile
  private let request: WeightRequest.File
  private let isStrict, isWhole: Bool
  private let byName: [String: WeightFile.Entry]
  private var used: Set<String> = []

  /// A branch of the network, and the sensors whose channels the file fills in it.
  struct Target {
    let branch: NetworkTensors.Branch
    let sensors: Set<String>
    /// Whether to fill the rest of the branch.
    let fillsRest: Bool
  }

  /// - Parameters:
  ///   - targets: the branches to fill; nil for the whole network under its own names.
  ///   - strictly: whether heads must be in the file as other tensors must.
  /// - Throws: `InputError`: usage for a dictionary, a prefix or bands that are not in the file; checkpoint for a first
  ///   convolution whose channels are not known.
  init(
    _ file: WeightFile, _ request: WeightRequest.File, _ dictionary: WeightDictionary, to targets: [Target]?,
    of network: NetworkTensors, strictly: Bool = false
  ) throws {
    (self.file, self.request, self.dictionary, isStrict) = (file, request, dictionary, strictly)
    byName = Dictionary(dictionary.tensors, uniquingKeysWith: { first, _ in first })
    let whole = network.branches.map { Target(branch: $0, sensors: Set(network.sensors), fillsRest: true) }
    isWhole = targets == nil
    let expected =
      (targets ?? whole).flatMap { target in
        target.branch.tensors.filter { target.fillsRest || $0.name == target.branch.firstConvolution }
          .map { Expected($0, target, isWhole: targets == nil) }
      }
      + (targets == nil ? network.joins.map(Expected.init(join:)) : [])
    prefix = try Self.prefix(of: expected, request, byName, dictionary, file)
    for tensor in expected { try take(tensor, network) }
    leaveWholeHeads(network)
    collectCounters(expected)
    if (targets ?? whole).contains(where: \.fillsRest) { collectUnexpected(network) }
  }

  /// How many tensors of a network a file has under its own names.
  static func hits(_ network: NetworkTensors, _ dictionary: WeightDictionary) -> (found: Int, of: Int) {
    let names = network.branches.flatMap { branch in
      branch.tensors.map {
        Expected($0, Target(branch: branch, sensors: [], fillsRest: true), isWhole: true).names
      }
    }
    let found = Set(dictionary.tensors.map(\.name))
    let prefix = NamePrefix.common(to: names, in: dictionary.tensors.map(\.name)) { _, _ in true }
    return (names.count { $0.contains { found.contains(prefix + $0) } }, names.count)
  }

  // MARK: Names

  /// A tensor of the network, and the names that it may have in the file.
  private struct Expected {
    let tensor: TensorInfo
    let target: Target?
    let names: [String]

    init(_ tensor: TensorInfo, _ target: Target, isWhole: Bool) {
      (self.tensor, self.target) = (tensor, target)
      let branch = target.branch
      let plain = branch.plain(tensor.name)
      guard isWhole, !branch.prefix.isEmpty else {
        names =
          ForeignNames.alternatives(to: plain) + (isWhole ? ForeignNames.paperMiddle(plain, branch: nil) : [])
        return
      }
      names =
        ForeignNames.alternatives(to: plain).map { branch.prefix + $0 }
        + ForeignNames.paperMiddle(plain, branch: branch.name)
    }

    init(join tensor: TensorInfo) { (self.tensor, target, names) = (tensor, nil, [tensor.name]) }
  }

  private static func prefix(
    of expected: [Expected], _ request: WeightRequest.File, _ byName: [String: WeightFile.Entry],
    _ dictionary: WeightDictionary, _ file: WeightFile
  ) throws -> String {
    if let prefix = request.prefix {
      guard dictionary.tensors.contains(where: { $0.name.hasPrefix(prefix) }) else {
        let first = dictionary.tensors.prefix(3).map { shownName($0.name) }.joined(separator: ", ")
        throw InputError(
          .usage, "--prefix \(prefix)", "no tensor of \(file.path) begins so",
          remedy: "its names are \(first), …")
      }
      return prefix
    }
    return NamePrefix.common(to: expected.map(\.names), in: dictionary.tensors.map(\.name)) { number, name in
      let (wanted, found) = (expected[number].tensor.shape, byName[name]!.shape)
      // A first convolution may have other channels, and a head other classes.
      return wanted.dropFirst(2) == found.dropFirst(2) || wanted.count != found.count
    }
  }

  // MARK: Tensors

  private mutating func take(_ expected: Expected, _ network: NetworkTensors) throws {
    let name = expected.tensor.name
    let isHead = !isStrict && network.heads.contains(name)
    let found = expected.names.map { prefix + $0 }.filter { byName[$0]?.type.isFloat == true }
    used.formUnion(found)
    guard let entry = found.first.map({ byName[$0]! }) else {
      if isHead { heads.append((name, "not in the file")) } else { missing.append(name) }
      return
    }
    if found.count > 1 { try requireEqual(found) }
    if let target = expected.target, name == target.branch.firstConvolution {
      return try takeFirst(expected.tensor, entry, target, network)
    }
    if Self.isSame(expected.tensor.shape, entry.shape) {
      takes[name] = Take(entry: entry, recipe: nil)
    } else if isHead {
      heads.append((name, "\(TensorSize.shown(entry.shape)) in the file, here \(expected.tensor.shape)"))
    } else {
      misshaped.append(
        "\(shownName(name)) \(TensorSize.shown(entry.shape)) instead of \(expected.tensor.shape)")
    }
  }

  /// A head is taken as a whole: of a weight that does not fit, the bias stays at its start too.
  private mutating func leaveWholeHeads(_ network: NetworkTensors) {
    func layer(_ name: String) -> Substring { name.prefix(upTo: name.lastIndex(of: ".") ?? name.endIndex) }
    for (name, _) in heads {
      for other in network.heads.sorted() where layer(other) == layer(name) && takes[other] != nil {
        takes[other] = nil
        heads.append((other, "as \(name)"))
      }
    }
  }

  /// Whether the elements mean the same: a linear weight may be stored as a convolution's, in the same order.
  private static func isSame(_ own: [Int], _ other: [Int]) -> Bool {
    if own == other { return true }
    guard own.first == other.first, own.count != other.count, min(own.count, other.count) == 2 else {
      return false
    }
    return own.dropFirst().reduce(1, *) == other.dropFirst().reduce(1, *)
  }

  private mutating func takeFirst(
    _ tensor: TensorInfo, _ entry: WeightFile.Entry, _ target: Target, _ network: NetworkTensors
  ) throws {
    guard entry.shape.count == 4, entry.shape[0] == tensor.shape[0],
      entry.shape.dropFirst(2) == tensor.shape.dropFirst(2),
      entry.shape[1] > 0
    else {
      misshaped.append(
        "\(shownName(tensor.name)) \(TensorSize.shown(entry.shape)) instead of \(tensor.shape)")
      return
    }
    // Only networks of this program have a branch for each sensor, so their bands are in its order.
    if isWhole, !target.branch.prefix.isEmpty, request.bands == nil, entry.shape == tensor.shape {
      takes[tensor.name] = Take(entry: entry, recipe: nil)
      return
    }
    let input = try input(channels: entry.shape[1], target)
    preset = input
    let needed = target.branch.channels.map { target.sensors.contains($0.sensor) ? $0.band : nil }
    let recipe = ChannelRecipe(needed: needed, bands: input.bands)
    takes[tensor.name] = Take(
      entry: entry, recipe: recipe.isIdentity && input.bands.count == needed.count ? nil : recipe)
    let wanted = needed.compactMap { $0 }
    let named = wanted.filter(input.bands.contains)
    if named.isEmpty, request.into.isEmpty { try requireBranch(for: input.bands, network) }
    let others = wanted.filter { !input.bands.contains($0) }
    channelLines.append(
      "\(tensor.name): " + (named.isEmpty ? "no band by name" : "\(named.joined(separator: " ")) by name")
        + " of \(input.bands.joined(separator: " "))"
        + (others.isEmpty
          ? ""
          : "; \(others.joined(separator: " ")) \(others.count == 1 ? "gets" : "get") the mean of all, scaled by \(input.bands.count)/\(wanted.count)")
    )
  }

  /// Refuses to fill a branch with bands that are those of another sensor, unless the user has named the branch.
  private func requireBranch(for bands: [String], _ network: NetworkTensors) throws {
    let channels = network.branches.flatMap(\.channels)
    guard let own = channels.first(where: { bands.contains($0.band) })?.sensor else { return }
    throw InputError(
      .usage, "--into",
      "does not say where \(file.path) goes, and its bands \(bands.joined(separator: " ")) are those of \(own)",
      remedy: "give --into \(own)")
  }

  /// What the channels of the file's first convolution are.
  private func input(channels: Int, _ target: Target) throws -> BandPreset {
    if let bands = request.bands { return try .named(bands, channels: channels, file: file.path) }
    if let own = OwnBands(file.metadata)?.bands(of: target.branch.prefix, channels: channels) {
      return BandPreset(nil, own)
    }
    guard let guess = BandPreset.guessed(channels: channels, names: dictionary.tensors.map(\.name)) else {
      let wanted = target.branch.channels.map(\.band)
      throw InputError(
        .checkpoint, file.path, "does not say what the \(channels) channels of its first convolution are",
        remedy: channels == wanted.count
          ? "say it with --bands, for instance --bands \(wanted.joined(separator: ","))"
          : "say it with --bands: one of \(BandPreset.names.joined(separator: ", ")), or a list such as B4,B3,B2"
      )
    }
    return guess
  }

  /// The toolbox keeps its first convolution under two names.
  private func requireEqual(_ names: [String]) throws {
    let entries = names.map { byName[$0]! }
    func values(_ entry: WeightFile.Entry) throws -> AlignedBuffer<Float> {
      let buffer = try AlignedBuffer<Float>(count: entry.count)
      try file.read(entry, into: buffer.elements)
      return buffer
    }
    for other in entries.dropFirst() where other.shape == entries[0].shape {
      // A few kilobytes; larger tensors have one name.
      guard entries[0].count < 1 << 20 else { continue }
      let (first, second) = (try values(entries[0]), try values(other))
      guard first.elements.elementsEqual(second.elements) else {
        throw InputError(
          .checkpoint, file.path,
          "holds two different tensors for one: '\(shownName(names[0]))' and '\(shownName(other.name))'",
          remedy: "save the weights again, or name the right ones with --prefix")
      }
    }
  }

  // MARK: What is left

  private mutating func collectCounters(_ expected: [Expected]) {
    for tensor in expected where tensor.tensor.name.hasSuffix(".running_mean") {
      guard let own = Counter.name(beside: tensor.tensor.name) else { continue }
      for name in tensor.names.compactMap({ Counter.name(beside: prefix + $0) }) {
        // PyTorch counts in int64. A counter of another type is left out, as if it were not there.
        guard let entry = byName[name], entry.count == 1, entry.type == .int64 else { continue }
        counters[own] = entry
        break
      }
    }
  }

  /// Tensors behind the prefix that no network of the family has. A head of other layers is no such tensor.
  private mutating func collectUnexpected(_ network: NetworkTensors) {
    var known = used
    if !isWhole {
      for name in network.plainNames {
        known.formUnion(ForeignNames.alternatives(to: name).map { prefix + $0 })
      }
    }
    for (name, entry) in dictionary.tensors where name.hasPrefix(prefix) && !known.contains(name) {
      if name.hasSuffix(".num_batches_tracked") {
        // Counters of known batch norms belong to them.
        let mean = name.replacing(".num_batches_tracked", with: ".running_mean")
        if known.contains(mean) { continue }
      }
      let plain = name.dropFirst(prefix.count)
      guard !ForeignNames.heads.contains(where: { plain == $0 || plain.hasPrefix($0 + ".") }) else {
        continue
      }
      unexpected.append(String(plain) + (entry.type.isFloat ? "" : " (not floating-point)"))
    }
  }

  /// Tensors that the file has besides those that were looked at.
  var unused: [String] {
    let taken = Set(takes.values.map(\.entry.name))
    return dictionary.tensors.filter {
      $0.entry.type.isFloat && !taken.contains($0.entry.name) && !used.contains($0.name)
    }
    .map(\.name)
  }
}
