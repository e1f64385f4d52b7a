import DataSets
import Imagery

/// The fields of one patch of a built-in data set, to show what its paths look like.
struct ExampleFields {
  private let values: [String: String]

  /// nil for manifests that are not built in.
  init?(_ manifest: Manifest) {
    guard var values = Self.rows[manifest.name], Manifest.builtInNames.contains(manifest.source) else {
      return nil
    }
    for field in manifest.catalog.fields {
      switch field.origin {
      case .match(let of, let expression): values[field.name] = values[of].flatMap(expression.capture)
      case .text(let template): values[field.name] = Self.filled(template, values)
      // Rows of an array name no path.
      case .array: continue
      }
    }
    values["id"] = Self.filled(manifest.catalog.id, values)
    self.values = values
  }

  /// The path of a template; nil where a field has no value.
  func path(_ template: Template) -> String? { Self.filled(template, values) }

  private static func filled(_ template: Template, _ values: [String: String]) -> String? {
    guard template.fields.allSatisfy({ values[$0] != nil }) else { return nil }
    return template.filled { values[$0]! }
  }

  /// Names as they are published.
  private static let rows: [String: [String: String]] = [
    "sen12ms": scene, "sen12ms-landuse": scene, "sen12ms-cr": scene,
    "dfc2020": ["part": "test", "folder": "0", "scene": "0", "number": "0"],
    "bigearthnet-v1": [
      "s2_name": "S2A_MSIL2A_20170617T113321_4_55",
      "s1_name": "S1A_IW_GRDH_1SDV_20170617T064724_29UPU_4_55",
    ],
    "bigearthnet-v2": [
      "patch_id": "S2A_MSIL2A_20170613T101031_N9999_R022_T33UUP_26_57",
      "s1_name": "S1A_IW_GRDH_1SDV_20170613T165043_33UUP_26_57",
    ],
    "eurosat-rgb": river, "eurosat-ms": river, "eurosat-s1s2": river,
    "so2sat": row, "so2sat-v2": row, "so2sat-v3": row,
    "own-folder": ["name": "field_17", "folder": "north", "region": "A", "part": "train"],
  ]
  private static let scene = ["season": "ROIs1158_spring", "scene": "1", "number": "30"]
  private static let river = ["class": "River", "number": "1"]
  private static let row = ["part": "training", "row": "0"]
}
