import Imagery
import Packs
import Presentation

/// The contents of a data set as JSON. Every key is always present; null means that a value is not known.
struct DataSetDocument: Encodable {
  let check: DataSetCheck

  private enum Key: String, CodingKey {
    case name, manifest, pack, data, labels, patches, scenes, clusters, seasons, sizes, validation, parts
    case classes, inputs, scheme, strangers, excluded, unlisted, values, findings, problems
    case pixelMetres = "pixel_metres"
    case sharedScenes = "shared_scenes"
    case sharedClusters = "shared_clusters"
    case sharedGroups = "shared_groups"
    case valuePatches = "value_patches"
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    let survey = check.survey
    try values.encode(check.title, forKey: .name)
    try values.encode(survey?.manifest.source, forKey: .manifest)
    try values.encode(survey?.pack.map(PackFacts.init), forKey: .pack)
    try values.encode(check.data, forKey: .data)
    try values.encode(check.labels, forKey: .labels)
    try values.encode(check.patches, forKey: .patches)
    try values.encode(survey == nil ? check.places : nil, forKey: .scenes)
    try values.encode(survey == nil ? nil : check.places, forKey: .clusters)
    try values.encode(check.seasons, forKey: .seasons)
    try values.encode(check.sizes, forKey: .sizes)
    try values.encode(check.pixelMetres, forKey: .pixelMetres)
    try values.encode(check.validation?.word, forKey: .validation)
    try values.encode(check.parts.map { Part($0, hasScenes: survey == nil) }, forKey: .parts)
    let overlaps = check.overlaps.map { Overlap($0, hasScenes: survey == nil) }
    try values.encode(survey == nil ? overlaps : nil, forKey: .sharedScenes)
    try values.encode(survey == nil ? nil : overlaps, forKey: .sharedClusters)
    try values.encode(survey?.groups.map { Overlap($0, hasScenes: false) }, forKey: .sharedGroups)
    try values.encode(classes, forKey: .classes)
    try values.encode(check.experiment.inputs.map(Input.init), forKey: .inputs)
    try values.encode(check.experiment.classScheme.name, forKey: .scheme)
    try values.encode(survey?.strangers.count, forKey: .strangers)
    try values.encode(survey?.excluded, forKey: .excluded)
    try values.encode(survey?.unlisted, forKey: .unlisted)
    try values.encode(survey?.bands.map(Values.init), forKey: .values)
    try values.encode(survey?.valuePatches, forKey: .valuePatches)
    try values.encode(check.findings, forKey: .findings)
    try values.encode(check.findings.count { $0.level == .problem }, forKey: .problems)
  }

  private struct PackFacts: Encodable {
    let files, bytes: Int
    let codec: String

    init(_ pack: PackRecord) { (files, bytes, codec) = (pack.shards, pack.bytes, pack.codec.rawValue) }
  }

  private struct Part: Encodable {
    let part: DataSetPart
    let hasScenes: Bool

    init(_ part: DataSetPart, hasScenes: Bool) { (self.part, self.hasScenes) = (part, hasScenes) }

    private enum Key: String, CodingKey {
      case name, patches, scenes, clusters, unlabelled, unreadable
      case absent = "absent_files"
      case missing = "missing_samples"
      case withoutClass = "without_class"
    }

    /// Number of patches by input; nil where the samples were not checked.
    private func byInput(_ value: (DataSetPart.Samples) -> Int) -> [String: Int]? {
      part.samples.isEmpty
        ? nil : Dictionary(uniqueKeysWithValues: part.samples.map { ($0.key.name, value($0.value)) })
    }

    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: Key.self)
      try values.encode(part.name, forKey: .name)
      try values.encode(part.patches, forKey: .patches)
      try values.encode(hasScenes ? part.places : nil, forKey: .scenes)
      try values.encode(hasScenes ? nil : part.places, forKey: .clusters)
      try values.encode(part.absent.mapValues(\.patches), forKey: .absent)
      try values.encode(part.classes?.unlabelled.patches, forKey: .unlabelled)
      try values.encode(byInput(\.missing.patches), forKey: .missing)
      try values.encode(byInput(\.unreadable.patches), forKey: .unreadable)
      try values.encode(part.classes?.without.patches, forKey: .withoutClass)
    }
  }

  private struct Overlap: Encodable {
    let overlap: SplitOverlap
    let hasScenes: Bool

    init(_ overlap: SplitOverlap, hasScenes: Bool) {
      (self.overlap, self.hasScenes) = (overlap, hasScenes)
    }

    private enum Key: String, CodingKey { case first, second, scenes, places, patches }

    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: Key.self)
      try values.encode(overlap.first.rawValue, forKey: .first)
      try values.encode(overlap.second.rawValue, forKey: .second)
      try values.encode(overlap.names.count, forKey: hasScenes ? .scenes : .places)
      try values.encode(overlap.secondPatches, forKey: .patches)
    }
  }

  private struct Class: Encodable {
    let name: String
    /// Patches that show the class, by part.
    let support: [String: Int]
  }

  private var classes: [Class]? {
    guard check.parts.contains(where: { $0.classes != nil }) else { return nil }
    return check.experiment.classScheme.classNames.enumerated().map { index, name in
      Class(
        name: name,
        support: Dictionary(
          uniqueKeysWithValues: check.parts.compactMap { part in
            part.classes.map { (part.name, $0.support[index]) }
          }))
    }
  }

  private struct Input: Encodable {
    let name, sensor: String
    let bands: [String]

    init(_ input: Channels) { (name, sensor, bands) = (input.name, input.sensor.name, input.bandNames) }
  }

  private struct Values: Encodable {
    let band: BandValues

    init(_ band: BandValues) { self.band = band }

    private enum Key: String, CodingKey { case sensor, band, lowest, mean, highest, missing }

    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: Key.self)
      try values.encode(band.sensor, forKey: .sensor)
      try values.encode(band.band, forKey: .band)
      try values.encode(band.range?.lowerBound, forKey: .lowest)
      try values.encode(band.mean, forKey: .mean)
      try values.encode(band.range?.upperBound, forKey: .highest)
      try values.encode(band.missing, forKey: .missing)
    }
  }
}

extension DataSetCheck {
  /// The contents of the data set as JSON, see `DataSetDocument`.
  package var json: String {
    get throws { String(decoding: try ReportJSON.encode(DataSetDocument(check: self)), as: UTF8.self) }
  }
}
