import Presentation
import SEN12MS

/// The contents of a data set as JSON. Every key is always present; null means that a value is not known.
struct DataSetDocument: Encodable {
  let check: DataSetCheck

  private enum Key: String, CodingKey {
    case data, labels, patches, scenes, seasons, sizes, validation, parts, classes, findings, problems
    case pixelMetres = "pixel_metres"
    case sharedScenes = "shared_scenes"
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(check.data, forKey: .data)
    try values.encode(check.labels, forKey: .labels)
    try values.encode(check.patches, forKey: .patches)
    try values.encode(check.scenes, forKey: .scenes)
    try values.encode(check.seasons.map(\.name), forKey: .seasons)
    try values.encode(check.sizes, forKey: .sizes)
    try values.encode(check.pixelMetres, forKey: .pixelMetres)
    try values.encode(
      check.labels == nil ? nil : check.experiment.data.validation.rawValue, forKey: .validation)
    try values.encode(check.parts.map(Part.init), forKey: .parts)
    try values.encode(check.leaks.map(Leak.init), forKey: .sharedScenes)
    try values.encode(classes, forKey: .classes)
    try values.encode(check.findings, forKey: .findings)
    try values.encode(check.findings.count { $0.level == .problem }, forKey: .problems)
  }

  private struct Part: Encodable {
    let name: String
    let patches, scenes: Int
    /// Patches without a file, by kind.
    let absent: [String: Int]
    let unlabelled: Int?
    /// Number of patches by input; null where the samples were not checked.
    let missing, unreadable: [String: Int]?
    let withoutClass: Int?

    private enum Key: String, CodingKey {
      case name, patches, scenes, unlabelled, unreadable
      case absent = "absent_files"
      case missing = "missing_samples"
      case withoutClass = "without_class"
    }

    init(_ part: DataSetPart) {
      func byInput(_ value: (DataSetPart.Samples) -> Int) -> [String: Int]? {
        part.samples.isEmpty
          ? nil
          : Dictionary(uniqueKeysWithValues: part.samples.map { ($0.key.name, value($0.value)) })
      }
      (name, patches, scenes) = (part.name, part.patches.count, part.scenes)
      absent = Dictionary(uniqueKeysWithValues: part.absent.map { ($0.key.rawValue, $0.value.patches) })
      unlabelled = part.unlabelled?.patches
      missing = byInput(\.missing.patches)
      unreadable = byInput(\.unreadable.patches)
      withoutClass = part.withoutClass?.patches
    }

    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: Key.self)
      try values.encode(name, forKey: .name)
      try values.encode(patches, forKey: .patches)
      try values.encode(scenes, forKey: .scenes)
      try values.encode(absent, forKey: .absent)
      try values.encode(unlabelled, forKey: .unlabelled)
      try values.encode(missing, forKey: .missing)
      try values.encode(unreadable, forKey: .unreadable)
      try values.encode(withoutClass, forKey: .withoutClass)
    }
  }

  private struct Leak: Encodable {
    let first, second: String
    let scenes: Int

    init(_ leak: SceneLeak) {
      (first, second, scenes) = (leak.first.rawValue, leak.second.rawValue, leak.scenes.count)
    }
  }

  private struct Class: Encodable {
    let name: String
    /// Patches that show the class, by part.
    let support: [String: Int]
  }

  private var classes: [Class]? {
    guard check.parts.contains(where: { $0.support != nil }) else { return nil }
    return check.experiment.classScheme.classNames.enumerated().map { index, name in
      Class(
        name: name,
        support: Dictionary(
          uniqueKeysWithValues: check.parts.compactMap { part in part.support.map { (part.name, $0[index]) } }
        ))
    }
  }
}

extension DataSetCheck {
  /// The contents of the data set as JSON, see `DataSetDocument`.
  package var json: String {
    get throws { String(decoding: try ReportJSON.encode(DataSetDocument(check: self)), as: UTF8.self) }
  }
}
