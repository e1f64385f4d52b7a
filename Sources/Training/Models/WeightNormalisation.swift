import Basics
import Experiments
import ForeignWeights
import Foundation
import Imagery
import Presentation

extension WeightPlan {
  /// How the input was normalised when the weights were trained; nil where no file says it.
  ///
  /// Bands that the weights did not see have the statistics that the data set states.
  /// - Throws: `InputError` (checkpoint) where the data set states none, so that some bands have no statistics.
  func normalisation(_ experiment: Experiment) throws -> Normalisation? {
    if let own = metadata.lazy.compactMap({ Self.stated($0, experiment) }).first { return own }
    let stated = experiment.manifest.statedNormalisation
    guard inputs.contains(where: { !$0.preset.figures.isEmpty }) else { return nil }
    var sensors = stated?.sensors ?? []
    for input in experiment.inputs {
      guard let preset = inputs.first(where: { $0.sensors.contains(input.name) })?.preset,
        !preset.figures.isEmpty
      else {
        continue
      }
      let name = input.sensor.name
      let before = sensors.first { $0.sensor == name }
      let bands = before?.bandNames ?? input.bandNames
      func figures(_ band: String) throws -> BandPreset.Figures {
        if let own = preset.figures[BandName.plain(band)] { return own }
        guard let before, let place = before.bandNames.firstIndex(of: band) else {
          throw InputError(
            .checkpoint, "data.normalisation",
            "the weights do not say how band \(band) of \(name) is normalised, and "
              + "\(experiment.manifest.name) states no statistics", remedy: "set it to computed")
        }
        return .init(
          mean: before.bands.mean[place], std: before.bands.std[place], clip: before.bands.clip?[place])
      }
      let values = try bands.map(figures)
      let new = Normalisation.SensorFigures(
        sensor: name, bandNames: bands,
        bands: .init(mean: values.map(\.mean), std: values.map(\.std), clip: values.map(\.clip)))
      sensors = before == nil ? sensors + [new] : sensors.map { $0.sensor == name ? new : $0 }
    }
    let result = try Normalisation(sensors)
    guard experiment.inputs.allSatisfy(result.covers) else { return nil }
    return result
  }

  /// The sensors whose normalisation a file says: all of them, or those with a preset of bands.
  func normalisedSensors(_ experiment: Experiment) -> [String] {
    let names = experiment.inputs.map(\.name)
    if metadata.contains(where: { Self.stated($0, experiment) != nil }) { return names }
    return names.filter { name in
      inputs.first { $0.sensors.contains(name) }?.preset.figures.isEmpty == false
    }
  }

  /// The normalisation in the metadata of a file that this program has written.
  private static func stated(_ metadata: [String: String], _ experiment: Experiment) -> Normalisation? {
    guard let text = metadata[ModelMetadata.normalisation],
      let value = try? ReportJSON.decode(Normalisation.self, from: Data(text.utf8)),
      experiment.inputs.allSatisfy(value.covers)
    else { return nil }
    return value
  }
}
