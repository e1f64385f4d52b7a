import Basics
import Foundation
import Imagery

/// Where the files of a data set lie below its data folder, as the manifest says, without listing the patches.
package struct DataFilePlaces: Sendable {
  /// For each template of files its names between slashes.
  private let forms: [[PathForm]]
  /// The paths of files that no field decides: the manifest, tables, lists, labels.
  package let files: [String]

  /// Names that are looked at below a folder before it counts as one of the data set.
  private static let limit = 10_000

  package init(_ manifest: Manifest) {
    var templates = Set(manifest.pathTemplates)
    if case .files(let template, match: _) = manifest.catalog.source { templates.insert(template) }
    forms = templates.filter { !$0.fields.isEmpty }.map(PathForm.all)
    let plain = templates.filter(\.fields.isEmpty).map(\.text).sorted()
    var files = ["dataset.yaml"] + plain + manifest.namedFiles
    if case .arrays(let parts, let rows) = manifest.catalog.source {
      files += parts.map { part in rows.file.filled { _ in part } }
    }
    self.files = files
  }

  /// Whether a path below the data folder has the form of a patch's file.
  /// - Parameter names: the names between its slashes.
  package func isFile(_ names: [String]) -> Bool {
    forms.contains { form in form.count == names.count && zip(form, names).allSatisfy { $0.fits($1) } }
  }

  /// Whether a template names the first folder of a path below the data folder, whatever the patch.
  package func isNamedFolder(_ name: String) -> Bool {
    forms.contains { $0.count > 1 && $0[0].pieces == [.text(name)] }
  }

  /// The entries of the data folder that hold files of patches, and those that a template names.
  package func folders(in data: String) -> [String] {
    Self.names(in: data, limit: .max).filter { name in
      forms.contains { form in
        guard form.count > 1, form[0].fits(name) else { return false }
        if isNamedFolder(name) { return true }
        var left = Self.limit
        return Self.holds("\(data)/\(name)", form.dropFirst(), &left)
      }
    }
  }

  /// Whether a folder holds a path of some form. A folder with very many names counts as one that does.
  private static func holds(_ folder: String, _ forms: ArraySlice<PathForm>, _ left: inout Int) -> Bool {
    guard let form = forms.first else { return false }
    for name in names(in: folder, limit: left) {
      left -= 1
      guard left > 0 else { return true }
      guard form.fits(name) else { continue }
      if forms.count == 1 || holds("\(folder)/\(name)", forms.dropFirst(), &left) { return true }
    }
    return false
  }

  /// The entries of a folder; none where it cannot be read. Reading the data then reports the error.
  private static func names(in folder: String, limit: Int) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while names.count < limit, let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}

extension PathForm {
  fileprivate func fits(_ name: String) -> Bool {
    var name = name
    return name.withUTF8 { fits($0) }
  }
}

extension Manifest {
  /// The manifest's other files: tables, lists and labels of many patches.
  package var namedFiles: [String] {
    var files: [String] = []
    func add(_ path: String) { if !files.contains(path) { files.append(path) } }
    if case .table(let tables, columns: _) = catalog.source { tables.forEach(add) }
    if case .pickle(let path, key: _) = labels.source { add(path) }
    for rule in splits {
      switch rule.source {
      case .list(let path, id: _), .json(let path, key: _): add(path)
      case .condition, .rest: break
      }
    }
    for path in catalog.exclude where path.hasSuffix(".csv") || path.hasSuffix(".txt") { add(path) }
    return files
  }
}
