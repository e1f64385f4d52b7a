import Basics
import DataSets
import Experiments
import Foundation
import Imagery
import Pictures
import SEN12MS

/// Makes pictures of the patches of a data set: light, radar, and the map of labels. Every thread may call it.
///
///     let pictures = PatchPictures(experiment, splits.catalogue, splits.store, size: splits.fileSize, data: folder)
///     for shown in try pictures.pictures(of: patch, side: 256) { files[shown.title] = try shown.picture.png() }
package struct PatchPictures: Sendable {
  private let experiment: Experiment
  private let catalogue: Catalogue
  private let store: any PatchStore
  private let size: PatchSize
  private let data: URL

  /// - Parameters:
  ///   - catalogue, store: the patches of the experiment's data set.
  ///   - size: the size of a patch in pixels.
  ///   - data: path of the data folder, where label maps may lie.
  package init(
    _ experiment: Experiment, _ catalogue: Catalogue, _ store: any PatchStore, size: PatchSize, data: String
  ) {
    (self.experiment, self.catalogue, self.store, self.size) = (experiment, catalogue, store, size)
    self.data = URL(filePath: data)
  }

  /// The pictures of a patch, sensor by sensor in the order of the data set, then its label map.
  ///
  /// Sensors that the network does not read are shown too. A sensor whose file is absent is left out.
  /// - Parameters:
  ///   - kinds: the kinds of pictures that are wanted; those that the data set does not have are left out.
  ///   - side: the longest side of a picture in pixels. Pixels of larger patches are averaged; smaller patches stay small.
  /// - Throws: `InputError` (data) for a file that cannot be read.
  package func pictures(
    of patch: Int, _ kinds: Set<PatchPicture.Kind> = Set(PatchPicture.Kind.allCases), side: Int = 256
  ) throws -> [PatchPicture] {
    var all: [PatchPicture] = []
    let views = experiment.manifest.sensors.map { rules in
      SensorViews(
        of: rules.sensor, used: rules.usedBands, statistics: experiment.manifest.statedNormalisation
      )
      .views.filter { kinds.contains($0.kind) }
    }
    let shownKinds = views.flatMap { Set($0.map(\.kind)) }
    for (rules, views) in zip(experiment.manifest.sensors, views) where !views.isEmpty {
      guard let samples = try samples(of: patch, rules.sensor, views) else { continue }
      all += views.map { view in
        let (picture, detail) = view.picture(samples.values, samples.bands, size)
        let isShared = shownKinds.count { $0 == view.kind } > 1
        return PatchPicture(
          kind: view.kind, title: isShared ? "\(rules.sensor.title): \(view.title)" : view.title,
          detail: detail,
          picture: picture.limited(to: side))
      }
    }
    if kinds.contains(.labelMap), let map = try labelMap(of: patch) { all.append(shown(map, side: side)) }
    return all
  }

  /// The samples of the bands of some views, `[H, W, C]`; nil for absent files.
  private func samples(
    of patch: Int, _ sensor: Sensor, _ views: [BandView]
  ) throws -> (values: [Float], bands: [String])? {
    var bands: [String] = []
    for band in views.flatMap(\.bands) where !bands.contains(band) { bands.append(band) }
    guard !store.isAbsent(patch, sensor) else { return nil }
    let channels = Channels(name: sensor.name, sensor: sensor, bands: bands)
    return (try store.samples(of: patch, channels, size: size), bands)
  }

  // MARK: Label maps

  /// The class of each pixel; nil where nothing says it.
  /// - Throws: `InputError` (data) for a file that cannot be read.
  package func labelMap(of patch: Int) throws -> LabelMap? {
    if let map = try experiment.manifest.labelMap(of: patch, catalogue, in: data) { return map }
    // SEN12MS has a file of land cover for each patch, also where labels come from another file.
    guard experiment.manifest.classes == Manifest.sen12ms.classes, let id = PatchID(catalogue.id(patch))
    else {
      return nil
    }
    let codes = Dictionary(uniqueKeysWithValues: (0..<IGBPFractions.classCount).map { ($0 + 1, $0) })
    return try LabelMap(
      ofFile: data.appending(path: id.relativePath(.lc)).path, band: 1, codes: codes)
  }

  private func shown(_ map: LabelMap, side: Int) -> PatchPicture {
    let colours = experiment.classColours
    var own = [Colour?](repeating: nil, count: experiment.manifest.classes.count)
    for (number, merged) in experiment.classScheme.classes.enumerated() {
      for member in merged.members { own[member] = colours[number] }
    }
    let picture = Picture(width: map.size.width, height: map.size.height) { row, column in
      let number = map.classes[row * map.size.width + column]
      return number >= 0 ? own[number] ?? .noClass(row, column) : .noClass(row, column)
    }
    return PatchPicture(
      kind: .labelMap, title: "label map", detail: "classes of \(experiment.classScheme.name)",
      picture: picture.limited(to: side, averages: false))
  }
}

extension Colour {
  /// A pixel of no class: a square of a pattern of white and grey squares, 4 pixels wide.
  static func noClass(_ row: Int, _ column: Int) -> Colour {
    (row / 4 + column / 4) % 2 == 0 ? .paper : Colour(red: 0xCC, green: 0xCC, blue: 0xCC)
  }
}
