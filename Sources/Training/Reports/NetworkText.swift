import Experiments
import Presentation

/// A network in one line, with the settings of the configuration that shape it.
struct NetworkText {
  private let experiment: Experiment

  init(_ experiment: Experiment) { self.experiment = experiment }

  /// "ResNet18, middle fusion after layer2; s2 (B2–B8, B8A, B11, B12), s1 (VV, VH); 10 classes, multi-label from 10 %".
  var line: String {
    let model = experiment.model
    let stem = model.stem == .sevenBySeven ? nil : "stem \(model.stem.rawValue)"
    let head = model.backbone.heads.count == 1 ? nil : "head \(model.chosenHead.rawValue)"
    let network = [model.architecture.title, stem, head, fusion].compactMap { $0 }
    let dropout =
      model.dropouts.isEmpty
      ? [] : ["dropout \(model.dropouts.map(\.description).joined(separator: ", "))"]
    let sensors = experiment.inputs.map { "\($0.name) (\(Self.ranges($0.bandNames)))" }
    return [
      (network + dropout).joined(separator: ", "), sensors.joined(separator: ", "),
      "\(experiment.classScheme.classCount) classes, \(labels)",
    ].joined(separator: "; ")
  }

  private var fusion: String? {
    let model = experiment.model
    switch model.fusion {
    case .noFusion: return nil
    case .early: return "early fusion"
    case .middle:
      return "middle fusion after \(model.fusionStage == 0 ? "the stem" : "layer\(model.fusionStage)")"
    case .late:
      return "late fusion, \(model.lateTraining == .separate ? "trained separately" : "trained jointly")"
    }
  }

  private var labels: String {
    switch experiment.labels.type {
    case .multi: "multi-label from \(NumberText.percent(experiment.labels.threshold))"
    case .single: "single label"
    }
  }

  /// Names of bands; three or more consecutive numbers are written as a range: B2–B8, B8A, B11, B12.
  private static func ranges(_ names: [String]) -> String {
    func number(_ name: String) -> Int? { name.hasPrefix("B") ? Int(name.dropFirst()) : nil }
    var runs: [[String]] = []
    for name in names {
      if let last = runs.last?.last.flatMap(number), number(name) == last + 1 {
        runs[runs.count - 1].append(name)
      } else {
        runs.append([name])
      }
    }
    return runs.flatMap { $0.count > 2 ? ["\($0[0])–\($0[$0.count - 1])"] : $0 }.joined(separator: ", ")
  }
}
