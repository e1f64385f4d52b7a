import Basics
import Experiments
import Presentation
import Training

/// Measures how fast the data are read, beside the default network of the data set on the CPU.
struct DataSpeedCheck {
  let data: String
  /// The label folder of SEN12MS; nil where it is not named.
  let labels: String?

  var findings: [Finding] {
    // What the folder lacks is said by its own check.
    guard PathState.of(data) == .present(.folder) else { return [] }
    let name = Doctor.Check.dataSpeed.rawValue
    do {
      let experiment = try Experiment(yaml: nil, manifest: .found(dataFolder: data))
      let places = try DataPlaces.resolve(data: data, labels: labels).fitting(experiment)
      let cost = try DataCost(experiment, data: places.data, labels: places.labels)
      let plan = try NetworkPlan(experiment, fileSize: experiment.plannedSize)
      let rate = try plan.measuredTimes().map {
        Double(experiment.training.batchSize) / $0.trainingSteps[experiment.memory]!
      }
      let demand = rate.map { DataCost.Demand(Self.network(experiment), rate: $0) }
      return [
        Finding(name, .ok, cost.line),
        demand.map { Finding(name, cost.keepsUp(with: $0) ? .ok : .note, cost.verdict($0)) },
      ].compactMap { $0 }
    } catch {
      return [Finding(name, .note, "not measured: \(error)")]
    }
  }

  /// "resnet101 on s2".
  private static func network(_ experiment: Experiment) -> String {
    "\(experiment.model.architecture.rawValue) on \(experiment.inputs.map(\.name).joined(separator: " and "))"
  }
}
