import Basics
import DataSets
import Imagery
import Presentation

/// A manifest as a page of text: what the data set is, how its folder must look, and what a run gets of it.
package struct ManifestPage {
  private let manifest: Manifest
  private let style: TextStyle

  package init(_ manifest: Manifest, _ style: TextStyle) { (self.manifest, self.style) = (manifest, style) }

  package var text: String {
    [head, facts, folder, sensors, classes, splits, results, commands].filter { !$0.isEmpty }
      .joined(separator: "\n")
  }

  /// The manifest as JSON, see `ManifestDocument`.
  package var json: String {
    get throws {
      String(decoding: try ReportJSON.encode(ManifestDocument(manifest: manifest)), as: UTF8.self)
    }
  }

  private func list(_ title: String, _ facts: [(String, String?)]) -> String {
    let known = facts.compactMap { name, text in text.map { (name: "  \(name)", text: $0) } }
    guard !known.isEmpty else { return "" }
    return (title.isEmpty ? "" : style.bold(title) + "\n") + FactList(facts: known).text(style)
  }

  private var head: String {
    // Lines that fit stay as they are: they may draw the folder.
    let lines = manifest.comment.map { line in
      style.shown(line.count <= style.width ? line.printable : style.wrapped(line.printable)) + "\n"
    }
    return style.bold(manifest.name.printable) + "\n" + lines.joined()
  }

  private var facts: String {
    let about = manifest.about
    let size = manifest.patchSize.map { "\($0) pixels" }
    let metres = manifest.pixelMetres.map { "\(NumberText.digits($0)) m a pixel" }
    let patch = [size, metres].compactMap { $0 }.joined(separator: ", ")
    return list(
      "",
      [
        ("from", about.get), ("page", about.url), ("licence", about.licence), ("cite", about.cite),
        ("size", about.size), ("patch", patch.isEmpty ? nil : patch),
      ])
  }

  // MARK: Folder

  private var folder: String {
    let paths = ManifestPaths(manifest)
    var lines = manifest.namedFiles
    let example = ExampleFields(manifest)
    func add(_ templates: [Template]) {
      guard let first = templates.first else { return }
      lines.append(first.text)
      if let path = example?.path(first), path != first.text { lines.append("  such as \(path)") }
      if templates.count > 1 {
        lines.append("  and \(counted(templates.count - 1, "file")) more, a band each")
      }
    }
    for rules in manifest.sensors { add(paths.templates(of: rules)) }
    if let labels = paths.labels { add([labels]) }
    let text = lines.map { "  \($0.printable)\n" }.joined()
    return style.bold("the folder") + "\n" + style.shown(text)
  }

  // MARK: Sensors and classes

  private var sensors: String {
    list(
      "sensors",
      manifest.sensors.map { rules in
        let sensor = rules.sensor
        let title = sensor.title == sensor.name ? "" : "\(sensor.title), "
        let unit = sensor.unit.isEmpty ? "" : "\(sensor.unit), "
        let grids = sensor.grids.map { grid in
          let metres = manifest.metres(of: grid).map { " of \(NumberText.digits($0)) m" } ?? ""
          return "\(grid.type)\(metres): \(grid.bands.joined(separator: ", "))"
        }
        let used =
          rules.usedBands == sensor.bandNames
          ? "" : "; a run takes \(rules.usedBands.joined(separator: ", ")) where it names no bands"
        return (sensor.name, "\(title)\(unit)\(grids.joined(separator: "; "))\(used)")
      }
        + manifest.inputs.map { input in
          (input.name, "\(input.bandNames.joined(separator: ", ")) of \(input.sensor.name)")
        }
        + [("statistics", "mean and deviation of bands are \(manifest.statisticsText)")])
  }

  private var classes: String {
    let labels = manifest.labels
    return list(
      "classes",
      [
        ("labels", "\(labels.kindText), from \(labels.source.text)"),
        ("classes", "\(manifest.classes.count): \(manifest.classes.joined(separator: ", "))"),
      ]
        + manifest.schemes.map { scheme in
          let merged = scheme.classes.map { one in
            let of = one.members.map { manifest.classes[$0] }
            return of == [one.name] ? one.name : "\(one.name) (\(of.joined(separator: ", ")))"
          }
          let mark = scheme.name == labels.scheme ? "the default; " : ""
          let text =
            scheme.name == "full"
            ? "every class by itself" : "\(scheme.classCount): \(merged.joined(separator: ", "))"
          return ("scheme \(scheme.name)", mark + text)
        })
  }

  // MARK: Splits and results

  private var splits: String {
    let group = manifest.group.map { group in
      "\(group.text): patches with one text must be in one split"
        + (manifest.knownLeakage.map { ". Known exception: \($0)" } ?? "")
    }
    let none =
      manifest.splits.isEmpty
      ? [("splits", "none stated: a run draws them, whole groups or clusters at a time")] : []
    return list(
      "splits",
      none + manifest.splits.map { ($0.split.rawValue, $0.text) }
        + [
          ("group", group),
          ("cluster", manifest.cluster.map { "\($0.text): intervals and drawn splits keep it together" }),
        ])
  }

  private var results: String {
    guard !manifest.references.isEmpty else { return "" }
    return list(
      "published results",
      manifest.references.map { (NumberText.digits($0.value), "\($0.what) (\($0.source))") })
  }

  private var commands: String {
    let isBuiltIn = Manifest.builtInNames.contains(manifest.source)
    let key = isBuiltIn ? manifest.name : manifest.source.printable
    // A built-in manifest without a place to get the data from is the beginning of one's own.
    let isModel = isBuiltIn && manifest.about.get == nil
    let set = isModel ? "" : " --set data.manifest=\(key)"
    let lines =
      (isModel ? ["dataset show \(key) --yaml >FOLDER/dataset.yaml"] : [])
      + [
        "dataset check --data FOLDER\(set)",
        "train --config own --data FOLDER --out RUN\(isModel ? "" : " \\")",
      ]
    return style.bold("next") + "\n" + lines.map { "  fusionctl \($0)\n" }.joined()
      + (isModel ? "" : "   \(set)\n")
  }
}
