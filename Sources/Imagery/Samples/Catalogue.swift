import Rasters
import Tables

/// The patches of a data set as values: their names, files, clusters and labels.
///
/// Patches are numbered from 0 in the order of the bytes of their names, and the program passes these numbers on. Names
/// are for messages and files. A data set builds a catalogue from its own names.
public struct Catalogue: Sendable {
  /// A property of every patch, such as its season.
  package struct Field: Sendable {
    package let name: String
    package let texts: TextColumn

    package init(_ name: String, _ texts: TextColumn) { (self.name, self.texts) = (name, texts) }

    package subscript(patch: Int) -> String { texts[patch] }
  }

  /// A file of a grid whose path follows from the fields.
  private struct File: Sendable {
    let path: BoundTemplate
    let bands: [RasterPart.Band]?
    let mayHoldMore: Bool

    init(_ file: GridFile, fields: [String]) {
      path = BoundTemplate(file.path, fields: fields)
      bands = file.bands?.map { RasterPart.Band(place: $0.place, number: $0.number) }
      mayHoldMore = file.mayHoldMore
    }
  }

  package let fields: [Field]
  /// Number of patches.
  package let count: Int
  /// Numbers of each patch for the data set's classes; nil until they are known.
  package var labels: Labels?

  private let id: BoundTemplate
  private let groups: Places?
  private let clusters: Places?
  private let files: [String: [[File]]]
  /// Whether the clusters are the groups.
  package let clustersAreGroups: Bool

  /// - Parameters:
  ///   - fields: all of the same length, at least one.
  ///   - id: the names in lists and label files.
  ///   - group: patches with one text may not be in two splits; nil where nothing is known.
  ///   - cluster: patches with one text come from one place; nil where each patch stands for itself.
  ///   - files: by sensor, the files of each of its grids.
  package init(
    fields: [Field], id: Template, group: Template? = nil, cluster: Template? = nil,
    files: [String: [[GridFile]]]
  ) {
    let count = fields.first?.texts.count ?? 0
    precondition(fields.allSatisfy { $0.texts.count == count }, "every patch has every field")
    let names = fields.map(\.name)
    (self.fields, self.count) = (fields, count)
    self.id = BoundTemplate(id, fields: names)
    groups = group.map { Places($0, fields) }
    // Both often are the same places, which are then numbered once.
    clustersAreGroups = cluster != nil && cluster == group
    clusters = cluster == group ? groups : cluster.map { Places($0, fields) }
    self.files = files.mapValues { grids in
      grids.map { $0.map { File($0, fields: names) } }
    }
  }

  /// The name of a patch in lists and label files.
  public func id(_ patch: Int) -> String { id.text(patch, fields) }

  /// The value of a field of a patch.
  package func value(_ field: String, of patch: Int) -> String {
    guard let column = fields.first(where: { $0.name == field }) else {
      preconditionFailure("no patch has a field '\(field)'")
    }
    return column[patch]
  }

  /// The text of a template for each patch.
  package func texts(_ template: Template) -> TextColumn {
    BoundTemplate(template, fields: fields.map(\.name)).texts(fields)
  }
}

// MARK: - Places

extension Catalogue {
  /// Whether patches have groups, which may not be in two splits.
  package var hasGroups: Bool { groups != nil }
  /// Whether patches have clusters of their own.
  package var hasClusters: Bool { clusters != nil }

  /// The name of the patch's group; nil where the data set has no groups.
  package func group(_ patch: Int) -> String? { groups?.name(patch, fields) }

  /// The number of the patch's group; nil where the data set has no groups.
  package func groupNumber(_ patch: Int) -> Int? { groups.map { Int($0.numbers[patch]) } }

  /// The name of the patch's cluster, such as its scene; the patch's own name where the data set has no clusters.
  package func cluster(_ patch: Int) -> String { clusters?.name(patch, fields) ?? id(patch) }

  /// The number of the patch's cluster; the patch's own where the data set has no clusters.
  package func clusterNumber(_ patch: Int) -> Int { clusters.map { Int($0.numbers[patch]) } ?? patch }

  /// Number of different clusters of some patches.
  package func clusterCount(of patches: [Int]) -> Int { Set(patches.map(clusterNumber)).count }

  /// The places of patches: patches with one text have one number.
  private struct Places: Sendable {
    let numbers: [UInt32]
    private let template: BoundTemplate

    init(_ template: Template, _ fields: [Field]) {
      self.template = BoundTemplate(template, fields: fields.map(\.name))
      numbers = self.template.texts(fields).distinct().numbers
    }

    func name(_ patch: Int, _ fields: [Field]) -> String { template.text(patch, fields) }
  }
}

// MARK: - Files

extension Catalogue {
  /// The files of a grid, which together hold each of its bands once. Paths lie below the data folder.
  package func files(of patch: Int, _ sensor: Sensor, grid: Int) -> [RasterPart] {
    files(of: sensor, grid: grid).map {
      RasterPart($0.path.text(patch, fields), bands: $0.bands, mayHoldMore: $0.mayHoldMore)
    }
  }

  /// The path of one file of a grid below the data folder.
  /// - Parameter part: the file's place among those of the grid.
  package func file(of patch: Int, _ sensor: Sensor, grid: Int = 0, part: Int = 0) -> String {
    files(of: sensor, grid: grid)[part].path.text(patch, fields)
  }

  private func files(of sensor: Sensor, grid: Int) -> [File] {
    guard let grids = files[sensor.name], grids.indices.contains(grid) else {
      preconditionFailure("the catalogue names no file of \(sensor.title)")
    }
    return grids[grid]
  }
}
