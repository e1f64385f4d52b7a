import Basics
import Experiments
import Imagery
import Pictures

/// A patch or a file as a person sees it: its pictures and its numbers.
package struct ShownPatch: Sendable {
  /// The patch's name, or that of the file without its folder.
  package let title: String
  package let pictures: [PatchPicture]
  package var values: PatchValues
}

extension ShownPatch {
  /// The patches that a user names.
  /// - Parameters:
  ///   - data: path of the data folder.
  ///   - side: the longest side of a picture in pixels.
  ///   - each: called before each patch.
  /// - Throws: `InputError` (data) for a file that cannot be read.
  package static func all(
    _ named: NamedPatches, _ experiment: Experiment, data: String, side: Int, each: (String) -> Void
  ) throws -> [ShownPatch] {
    let size = try named.patches.first.map { try named.size(of: $0, experiment) } ?? PatchSize(1)
    let labels = try named.labels(size: size)
    return try zip(named.patches, labels).map { patch, label in
      each(named.catalogue.id(patch))
      let own = try named.size(of: patch, experiment)
      let pictures = PatchPictures(experiment, named.catalogue, named.store, size: own, data: data)
      let classes = experiment.classes(label)
      var shown = try pictures.pictures(of: patch, side: side)
      if label != nil {
        shown.append(
          try .classes(classes.compactMap(\.shown).sorted { ($0.share ?? 0) > ($1.share ?? 0) }, side: side))
      }
      let values = PatchValues(
        name: named.catalogue.id(patch), height: own.height, width: own.width,
        sensors: try named.values(of: patch, experiment, size: own), classes: classes)
      return ShownPatch(title: values.name, pictures: shown, values: values)
    }
  }
}

extension NamedPatches {
  /// The size of a patch: of the first sensor whose file is there.
  /// - Throws: `InputError` (data) for a patch of which no file can be read.
  fileprivate func size(of patch: Int, _ experiment: Experiment) throws -> PatchSize {
    let sensors = experiment.manifest.sensors.map(\.sensor)
    guard let sensor = sensors.first(where: { !store.isAbsent(patch, $0) }) ?? sensors.first else {
      preconditionFailure("a data set has a sensor")
    }
    return try store.reader().facts(of: patch, sensor).size
  }

  /// The values of all bands of the sensors whose files are there.
  fileprivate func values(
    of patch: Int, _ experiment: Experiment, size: PatchSize
  ) throws -> [PatchValues.Sensor] {
    try experiment.manifest.sensors.map(\.sensor).filter { !store.isAbsent(patch, $0) }.map { sensor in
      let channels = Channels(name: sensor.name, sensor: sensor, bands: sensor.bandNames)
      let samples = try store.samples(of: patch, channels, size: size)
      let bands = channels.bandNames.enumerated().map { place, band in
        PatchValues.Band(
          band, stride(from: place, to: samples.count, by: channels.bandCount).map { samples[$0] })
      }
      return PatchValues.Sensor(
        sensor: sensor.name, title: sensor.title, unit: sensor.unit, source: store.source(of: patch, sensor),
        bands: bands)
    }
  }
}

extension Experiment {
  /// What a label says of each class of the scheme.
  /// - Parameter label: a number for each class of the data set; nil for no label.
  fileprivate func classes(_ label: [Double]?) -> [PatchValues.Class] {
    let shares = label.map { classScheme.fractions($0[...]) }
    let targets = label.map { classScheme.target($0[...], labelType) }
    return zip(classScheme.classNames, classColours).enumerated().map { number, own in
      PatchValues.Class(
        name: own.0, colour: own.1.hex, share: manifest.labels.kind == .fractions ? shares?[number] : nil,
        isTrue: targets.map { $0[number] == 1 }, probability: nil, isPredicted: nil)
    }
  }
}

extension PatchValues.Class {
  /// The class in a picture; nil for one that the patch does not have.
  fileprivate var shown: ShownClass? {
    guard share.map({ $0 > 0 }) ?? (isTrue == true), let colour = Colour(hex: colour) else { return nil }
    return ShownClass(name, colour, share: share)
  }
}
