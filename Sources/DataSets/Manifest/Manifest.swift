import Basics
import Imagery

/// A data set as a file describes it: where its files are, what they hold, which classes and splits there are.
///
/// A manifest is a YAML file (docs/data.md has its keys). Everything in it is matched by name.
package struct Manifest: Sendable {
  /// The facts about the data set for readers.
  package struct About: Equatable, Sendable {
    package var licence, url, cite: String?
    /// How to get the files: "EuroSATallBands.zip from Zenodo 7711810".
    package var get: String?
    /// How much there is: "27,000 patches, 2.9 GB".
    package var size: String?
  }

  /// A published result: "ResNet50, all bands, accuracy", 0.99, "arXiv:…".
  package struct Reference: Equatable, Sendable {
    package let what: String
    package let value: Double
    package let source: String
  }

  /// Where band statistics come from.
  package enum Statistics: Equatable, Sendable {
    /// The manifest states them for these sensors.
    case stated(Normalisation, source: String?)
    /// They are computed from the training split.
    case computed
  }

  /// The text as it was read. Runs, checkpoints and packs keep it.
  package let text: String
  /// SHA-256 of the text, 64 hexadecimal digits.
  package let sha256: String
  /// The text's name in messages: a path, or `sen12ms` for one that is built in.
  package let source: String

  package let name: String
  package let about: About
  /// Size of every patch in pixels; nil where files decide. All patches of a data set have one size.
  package let patchSize: PatchSize?
  /// Width of a pixel of a patch on the ground, metres; nil where nothing is stated.
  package let pixelMetres: Double?
  package let catalog: CatalogRules
  /// The sensors, in the order of the manifest.
  package internal(set) var sensors: [SensorRules]
  /// Named selections of bands besides the sensors themselves: `rgb` of SEN12MS.
  package internal(set) var inputs: [Channels]
  package let labels: LabelRules
  /// All classes that the source of labels can hold, in order.
  package let classes: [String]
  /// `full`, with every class by itself, and the schemes of the manifest.
  package let schemes: [ClassScheme]
  /// What happens to patches without any class of a scheme, for the schemes that say so (`empty`).
  let unlabelledByScheme: [String: CatalogRules.Unlabelled]
  package let splits: [SplitRule]
  /// Patches of a group may not be in two splits; nil where nothing is stated.
  package let group: Template?
  /// The reason why a group may be in two splits all the same (`leakage: known`); nil where that is an error.
  package let knownLeakage: String?
  /// What intervals are resampled by and what splits by group keep together; nil for each patch by itself.
  package let cluster: Template?
  package let statistics: Statistics
  package let references: [Reference]
  /// The colours that the manifest states, by the name of a class or merged class.
  let statedColours: [String: Colour]
  /// The fields of the catalogue that the manifest names, in its order.
  let fieldUses: [FieldUse]

  /// What happens to a patch that has labels, but none of a scheme: what the scheme says; where it says nothing,
  /// patches with a single label are left out, and others follow `catalog.empty`.
  package func unlabelled(in scheme: ClassScheme) -> CatalogRules.Unlabelled {
    if let stated = unlabelledByScheme[scheme.name] { return stated }
    return labels.kind == .single ? .exclude : catalog.unlabelled
  }
}

/// How the patches of a data set are listed.
package struct CatalogRules: Sendable {
  package enum Source: Sendable {
    /// Rows of tables (CSV or Parquet), below the data folder.
    /// - columns: names of the columns where a CSV file has no header line.
    case table(files: [String], columns: [String]?)
    /// Files whose whole relative path matches the template; each field matches its expression.
    case files(Template, match: [String: BoundedExpression])
    /// Rows of HDF5 data sets: one for each part.
    case arrays(parts: [String], rows: ArrayPlace)
  }

  /// A field and the values of it that are kept. Texts are compared; `true` and `false` without case.
  package struct Condition: Equatable, Sendable {
    package let field: String
    package let values: [String]
  }

  /// A field that follows from others.
  package struct DerivedField: Sendable {
    package enum Origin: Sendable {
      /// The only group of an expression that matches another field in full.
      case match(of: String, BoundedExpression)
      case text(Template)
      /// A value of the patch's row in an HDF5 data set.
      case array(ArrayPlace)
    }
    package let name: String
    package let origin: Origin
  }

  /// What to do with patches that have no label at all.
  package enum Unlabelled: String, CaseIterable, Sendable { case exclude, keep, error }

  package let source: Source
  package let conditions: [Condition]
  /// The name of a patch. It is unique, and patches are ordered by its bytes.
  package let id: Template
  /// Files with ids, one in each line, or ids themselves.
  package let exclude: [String]
  package let unlabelled: Unlabelled
  /// In their order; a field may use those before it.
  package let fields: [DerivedField]
}

/// A data set of an HDF5 file: "{part}.h5:sen1".
package struct ArrayPlace: Hashable, Sendable {
  package let file: Template
  /// The name of the data set in the file: "sen1" or "group/sen1".
  package let name: String
}

/// A sensor and the places of its samples.
package struct SensorRules: Sendable {
  package enum Place: Sendable {
    /// For each grid of the sensor its files. Every band of a grid lies in one of them.
    case files([[GridFile]])
    /// Rows of an HDF5 data set `[N, H, W, C]` (HWC) or `[N, C, H, W]` (CHW).
    case array(ArrayPlace, isChannelsFirst: Bool)
  }

  package let sensor: Sensor
  package let place: Place
  /// The bands that a run gets that names none, in order.
  package let usedBands: [String]
}

/// Where the labels of patches come from.
package struct LabelRules: Sendable {
  package enum Kind: String, CaseIterable, Sendable { case multi, single, fractions }

  package enum Source: Sendable {
    /// A field of the catalogue. `separator` splits a text into several labels; lists of Parquet need none.
    case field(String, separator: String?)
    /// A column of the table for each class, with numbers.
    case columns
    /// A JSON file of each patch, and the key of a text or a list of texts.
    case json(Template, key: String)
    /// A pickled dict from a name to numbers, one for each class.
    case pickle(String, key: Template)
    /// An HDF5 data set `[N, classes]`.
    case oneHot(ArrayPlace)
    /// The classes of the pixels of one band of a raster file.
    case raster(Template, band: Int, codes: [Int: String], ignore: [Int])
    /// The same of an HDF5 data set `[N, H, W]`.
    case arrayRaster(ArrayPlace, codes: [Int: String], ignore: [Int])
  }

  package let kind: Kind
  package let source: Source
  /// fractions: the smallest share of the patch at which a class is present, where a run states none.
  package let threshold: Double
  /// The scheme of a run that names none: a name of `Manifest.schemes`.
  package let scheme: String
}

/// Which patches a split has.
package struct SplitRule: Sendable {
  package enum Source: Sendable {
    case condition([CatalogRules.Condition])
    /// A file with an id in each line (the text up to the first comma). `id`: the only group is the id.
    case list(String, id: BoundedExpression?)
    /// A JSON file with a list of ids at a key.
    case json(String, key: String)
    /// All patches of no other split.
    case rest
  }

  package let split: Split
  package let source: Source

  /// The file that names the patches; nil for a rule without one.
  var file: String? {
    switch source {
    case .list(let file, _), .json(let file, _): file
    case .condition, .rest: nil
    }
  }

  var isRest: Bool {
    if case .rest = source { true } else { false }
  }
}

extension Manifest: Equatable {
  /// Whether both have the same text.
  package static func == (a: Manifest, b: Manifest) -> Bool { a.text == b.text }
}
