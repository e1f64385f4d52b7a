import DataSets
import Experiments
import Imagery

/// The files that the samples of a data set come from.
struct SourceFiles: Sendable {
  private let manifest: Manifest
  private let catalogue: Catalogue
  private let data: String

  /// - Parameter data: path of the data folder.
  init(_ experiment: Experiment, _ catalogue: Catalogue, in data: String) {
    (manifest, self.catalogue, self.data) = (experiment.manifest, catalogue, data)
  }

  /// The paths of the files that hold a patch's samples of a sensor.
  func paths(of patch: Int, _ sensor: Sensor) -> [String] {
    switch place(of: sensor) {
    case .files:
      sensor.grids.indices.flatMap { grid in
        catalogue.files(of: patch, sensor, grid: grid).map { "\(data)/\($0.path)" }
      }
    case .array(let array, _): ["\(data)/" + array.file.filled { catalogue.value($0, of: patch) }]
    }
  }

  /// Whether each patch has files of its own for a sensor. Arrays hold many patches.
  func areOwn(of sensor: Sensor) -> Bool {
    switch place(of: sensor) {
    case .files: true
    case .array: false
    }
  }

  private func place(of sensor: Sensor) -> SensorRules.Place {
    guard let rules = manifest.sensors.first(where: { $0.sensor.name == sensor.name }) else {
      preconditionFailure("the manifest has the sensor \(sensor.name)")
    }
    return rules.place
  }
}
