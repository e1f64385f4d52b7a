import Basics
import DataSets
import Imagery
import Presentation

/// The built-in data sets, one line each.
package struct ManifestList {
  private let manifests: [Manifest]

  /// - Throws: `InputError` where a built-in manifest is damaged.
  package init() throws { manifests = try Manifest.builtInNames.map { try Manifest.builtIn(named: $0) } }

  package func text(_ style: TextStyle) -> String {
    let table = TextTable(
      columns: [
        .init("name", .left), .init("sensors", .left), .init("classes", .right), .init("patches", .right),
        .init("pixels", .right), .init("licence", .left),
      ],
      rows: manifests.map { manifest in
        [
          manifest.name, manifest.sensors.map(\.sensor.name).joined(separator: ","),
          NumberText.grouped(manifest.classes.count), manifest.patchCount.map(NumberText.grouped) ?? "–",
          manifest.patchSize?.description ?? "–", manifest.about.licence ?? "–",
        ]
      })
    let hint =
      "'fusionctl dataset show NAME' says where to get one, and what it holds; 'show NAME --yaml' prints its manifest, "
      + "to begin your own from. A run takes one by --set data.manifest=NAME, or dataset.yaml of its data folder."
    return table.text(style) + "\n" + style.wrapped(hint) + "\n"
  }

  /// One object for each data set.
  package var json: String {
    get throws {
      String(decoding: try ReportJSON.encode(manifests.map(ManifestDocument.init)), as: UTF8.self)
    }
  }
}

extension Manifest {
  /// The number of patches with which `about.size` begins: "27,000 patches of …".
  var patchCount: Int? {
    let number = (about.size ?? "").prefix { $0.isASCII && $0.isNumber || $0 == "," }
    return Int(number.filter { $0 != "," })
  }
}
