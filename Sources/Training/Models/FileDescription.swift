import Basics
import Experiments
import ForeignWeights
import Foundation
import Imagery
import Presentation
import Rasters
import SEN12MS

/// A description, in plain words, of a file or a folder that holds no network of this program.
package struct FileDescription: Encodable, Equatable, Sendable {
  package let path: String
  /// nil for a folder.
  package let bytes: Int?
  /// "a GeoTIFF, 256×256 pixels, 2 bands of float32".
  package let kind: String
  /// Further facts, one line each.
  package let facts: [String]
  /// What the user can do with the file; nil where there is no advice.
  package let advice: String?

  /// Looks at a file.
  /// - Returns: nil for a checkpoint or a weight file, and for a file that only has the name of one:
  ///   `ModelFileContents` says what these hold, or what is wrong with them.
  /// - Throws: `InputError`: checkpoint for a path without a file; data for a pickle that is damaged, or that asks for
  ///   code to be executed.
  package static func of(_ path: String) throws -> FileDescription? {
    if PathState.of(path) == .present(.folder) { return labelFolder(path) }
    let (head, size) = try ModelPath.head(of: path)
    func described(_ found: Found, advice: String? = nil) -> FileDescription {
      FileDescription(path: path, bytes: size, kind: found.kind, facts: found.facts, advice: advice)
    }
    switch FileFormat(head, size: size, name: path) {
    case .checkpoint, .safetensors, .empty: return nil
    case .pickle: return described(try pickle(path))
    case .torch:
      let format = FileFormat(head, size: size, name: path)!
      let (facts, hasWeights) = torchFacts(path)
      return described(
        (format.description, facts), advice: hasWeights ? format.remedy(path, wanted: .either) : nil)
    case let format?:
      return described((format.description, []), advice: format.remedy(path, wanted: .either))
    case nil: return try other(path, head, size).map { described($0) }
    }
  }

  /// A folder that holds split lists or labels; nil for any other.
  private static func labelFolder(_ path: String) -> FileDescription? {
    let folder = LabelFolder(URL(filePath: path))
    /// The line about a file of the folder; for a damaged file, what is wrong with it.
    func fact(_ name: String, _ summary: () throws -> String?) -> String? {
      do { return try summary().map { "\(name): \($0)" } } catch { return "\(name): \(error)" }
    }
    let facts =
      Split.allCases.map { split in fact(split.listName) { try folder.list(split)?.summary } }
      + [fact("labels") { try folder.labelFile.map { try PickleSummary(contentsOf: $0).text } }]
    let found = facts.compactMap { $0 }
    return found.isEmpty
      ? nil
      : FileDescription(
        path: path, bytes: nil, kind: "a folder of split lists and labels", facts: found,
        advice:
          "to see how they fit the patches: fusionctl dataset check --data D --labels \(path.cut(to: 200))")
  }

  // MARK: - Kinds

  private typealias Found = (kind: String, facts: [String])

  /// What a file of PyTorch holds, by dictionary, and whether there may be weights; for a damaged file, what is wrong with it.
  private static func torchFacts(_ path: String) -> (facts: [String], hasWeights: Bool) {
    let file: WeightFile
    do { file = try WeightFile(path: path, ignoresObjects: true) } catch { return (["\(error)"], true) }
    var groups: [String] = []
    for entry in file.entries where !groups.contains(entry.group) { groups.append(entry.group) }
    let dictionaries = groups.prefix(10).map { group in
      let own = file.entries.filter { $0.group == group }
      let first = own[0]
      return (group.isEmpty ? "" : "'\(shownName(group))': ") + counted(own.count, "tensor")
        + ", the first is \(shownName(first.name)) \(TensorSize.shown(first.shape)) of \(first.type.rawValue)"
    }
    let facts = file.facts.map { "\(shownName($0.name)) \($0.value)" }.joined(separator: ", ")
    let objects = file.ignoredObjects == 0 ? nil : "objects that are no tensors: \(file.ignoredObjects)"
    let hasWeights = file.entries.contains(where: \.type.isFloat)
    let none =
      hasWeights ? nil : "no weights; in Python, torch.save(model.state_dict(), FILE) saves them alone"
    return (dictionaries + [facts.isEmpty ? nil : facts, objects, none].compactMap { $0 }, hasWeights)
  }

  private static func pickle(_ path: String) throws -> Found {
    ("a Python pickle", [try PickleSummary(contentsOf: URL(filePath: path)).text])
  }

  /// A file of a format that `FileFormat` does not tell; nil for a file that only its name calls a model file.
  private static func other(_ path: String, _ head: [UInt8], _ size: Int) throws -> Found? {
    let url = URL(filePath: path)
    let type = url.pathExtension.lowercased()
    if ["II*\0", "MM\0*", "II+\0", "MM\0+"].contains(where: { head.starts(with: $0.utf8) }) {
      return try image(path, url.lastPathComponent)
    }
    if ["pkl", "pickle"].contains(type) { return try pickle(path) }
    if type == "onnx", let found = onnx(path) { return found }
    if ["h5", "hdf5", "safetensors"].contains(type) { return nil }
    if let name = pictures.first(where: { head.starts(with: $0.magic) })?.name { return (name, []) }
    guard let text = text(head, isWhole: size <= head.count) else {
      let bytes = head.prefix(8).map { String(format: "%02x", $0) }.joined(separator: " ")
      return ("a file of an unknown kind", ["it begins with the bytes \(bytes)"])
    }
    if ["yaml", "yml"].contains(type) { return configuration(path) }
    if type == "txt", let list = try? SplitList(contentsOf: url), !list.patches.isEmpty {
      return ("a text file", [list.summary])
    }
    let first = text.prefix { !$0.isNewline }
    return (
      text.first.map { "{[".contains($0) } == true ? "a JSON text" : "a text",
      first.isEmpty ? [] : ["it begins with: \(shownName(first))"]
    )
  }

  private static func image(_ path: String, _ name: String) throws -> Found {
    guard let image = try TIFFSummary(contentsOf: path) else {
      return ("a TIFF file", ["its directory cannot be read: the file is damaged"])
    }
    let place = image.pixelMetres.map { ", \(NumberText.digits($0)) m a pixel" } ?? ""
    let bands = counted(image.bands, "band") + (image.sampleType.map { " of \($0)" } ?? "")
    let like = FileKind.allCases.first { image.isLike($0.format) }.map {
      "as the \($0.title) files of SEN12MS are"
    }
    let patch = PatchID(name).map { "by its name a file of scene \($0.scene)" }
    return (
      "a \(place.isEmpty ? "TIFF" : "GeoTIFF"), \(image.size) pixels, \(bands)\(place)",
      [like, patch].compactMap { $0 }
    )
  }

  private static func configuration(_ path: String) -> Found {
    do {
      let experiment = try Experiment(contentsOf: path, overrides: [])
      let model = experiment.model
      return (
        "a configuration",
        [
          "\(shownName(experiment.name)): \(model.architecture.rawValue), fusion \(model.fusion.rawValue) of "
            + "\(model.sensors.map(\.text).joined(separator: ", ")); "
            + "\(counted(experiment.training.epochs, "epoch")), batch \(experiment.training.batchSize)"
        ]
      )
    } catch {
      return ("a YAML text", ["no configuration of this program (\(error))"])
    }
  }

  private static let pictures: [(magic: [UInt8], name: String)] = [
    ([0x89] + Array("PNG".utf8), "a PNG image"), ([0xFF, 0xD8, 0xFF], "a JPEG image"),
    (Array("%PDF".utf8), "a PDF document"), ([0x7F] + Array("ELF".utf8), "a program or a library (ELF)"),
  ]

  /// The bytes as text; nil where they hold a zero byte or are not UTF-8.
  /// - Parameter isWhole: whether the bytes are the whole file. If not, the last character may be cut.
  private static func text(_ head: [UInt8], isWhole: Bool) -> String? {
    guard !head.contains(0) else { return nil }
    for cut in 0...(isWhole ? 0 : 3) where cut < head.count {
      if let text = String(validating: head.dropLast(cut), as: UTF8.self) { return text }
    }
    return nil
  }

  // MARK: - Output

  package func text(_ style: TextStyle) -> String {
    let size = bytes.map { " (\(NumberText.bytes($0)))" } ?? ""
    let lines = ["\(style.bold(path.printable)): \(kind)\(size)"] + facts.map { "  \($0.printable)" }
    // Advice is not wrapped, so that a command in it can be copied.
    return lines.map { style.wrapped($0, indent: 4) + "\n" }.joined()
      + (advice.map { "→ \($0.printable)\n" } ?? "")
  }

  package var json: String {
    get throws { String(decoding: try ReportJSON.encode(self), as: UTF8.self) }
  }
}
