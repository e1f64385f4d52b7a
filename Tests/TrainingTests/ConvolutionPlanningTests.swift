import Basics
import Experiments
import Foundation
import Networks
import TestSupport
import Testing
import Training

@testable import CUDAEngine

/// Plans by NVIDIA's own cuDNN for GPUs that are not there: every convolution of every shipped configuration.
@Suite struct ConvolutionPlanningTests {
  /// In a process of its own: the simulated cuDNN of other tests has functions of the same names.
  @Test(.enabled(if: RealLibrary.cudnn.path != nil, RealLibrary.cudnn.absence))
  func everyConvolutionIsPlanned() async {
    await #expect(processExitsWith: .success) {
      let study = try PlanningStudy()
      #expect(study.faults.isEmpty, "\(study.faults)")
      #expect(study.passes > 100 && !study.rows.isEmpty)
      if let path = ProcessInfo.processInfo.environment["FUSIONCTL_PLANNING_TABLE"] {
        try study.page.write(toFile: path, atomically: true, encoding: .utf8)
      }
    }
  }
}

/// Largest workspaces of all configurations, batch sizes, models of GPU and types of numbers.
private struct PlanningStudy {
  static let batches = [8, 25, 64]
  static let types: [(model: String, types: [ConvolutionType])] = [
    ("p100", [.float32]), ("v100", [.float32, .float16]), ("a100", ConvolutionType.allCases),
    ("h100", ConvolutionType.allCases),
  ]

  /// A configuration at a batch size.
  struct Row {
    let name: String
    let batch: Int
    /// Bytes of the largest workspace by type and model: "f32 h100".
    var workspaces: [String: Int] = [:]
  }

  var rows: [Row] = []
  /// Convolutions for which there is no engine.
  var faults: [String] = []
  /// Number of different passes of convolutions, counted once for all models and types.
  var passes = 0
  private var version = ""

  init() throws {
    let planners = try Self.types.map { model, types in
      let model = try #require(GPUModel.named(model))
      return (types: types, planner: try ConvolutionPlanner(model, RealLibrary.cudnn.environment))
    }
    version = planners[0].planner.version
    var all: Set<ConvolutionWork> = []
    for (name, experiment) in try Self.experiments {
      for batch in Self.batches {
        var row = Row(name: name, batch: batch)
        let works = Self.works(experiment, batch)
        all.formUnion(works)
        for (types, planner) in planners {
          for type in types {
            var largest = 0
            for work in works {
              do {
                largest = max(largest, try planner.plan(of: work, type).workspace)
              } catch {
                faults.append("\(name), \(batch), \(planner.model.name): \(error)")
              }
            }
            row.workspaces["\(type.rawValue) \(planner.model.name)"] = largest
          }
        }
        rows.append(row)
      }
    }
    passes = all.count
  }

  /// Experiments by the names of their configurations: early, late, …
  private static var experiments: [(String, Experiment)] {
    get throws {
      let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../configs")
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      return try files.filter { $0.hasSuffix(".yaml") }.map { file in
        (
          String(file.dropLast(".yaml".count)),
          try Experiment(contentsOf: folder.appending(path: file).path)
        )
      }
    }
  }

  /// All passes of convolutions in a training step and in an evaluation.
  private static func works(_ experiment: Experiment, _ batch: Int) -> Set<ConvolutionWork> {
    var works: Set<ConvolutionWork> = []
    _ = CUDAPlan(experiment.request(PatchSize(256), training: [batch], inference: [batch])) { call in
      works.insert(call.work)
      return 0
    }
    return works
  }

  /// The page of the documentation.
  var page: String {
    let tables = ConvolutionType.allCases.map { type -> String in
      let models = Self.types.filter { $0.types.contains(type) }.map(\.model)
      let lines = rows.map { row in
        let cells = models.map { model in
          String(format: "%.1f", Double(row.workspaces["\(type.rawValue) \(model)"]!) / 1e6)
        }
        return "| \(row.name) | \(row.batch) | \(cells.joined(separator: " | ")) |"
      }
      return """
        ## \(type.rawValue)

        | configuration | batch | \(models.map { $0.uppercased() }.joined(separator: " | ")) |
        | --- | ---: |\(String(repeating: " ---: |", count: models.count))
        \(lines.joined(separator: "\n"))
        """
    }
    return """
      # Convolutions as cuDNN plans them

      cuDNN \(version) planned every convolution of `configs/*.yaml` without a GPU, from descriptions of four models. There are
      \(passes) different passes (forward, gradient of the input, gradient of the weight), on images of 256 by 256 pixels. Every pass has
      an engine whose sums have a fixed order. The tables have the largest workspace of a configuration in MB. A device may be
      advised otherwise: with its driver at hand cuDNN can also choose engines that it compiles at run time. This page was
      written by `scripts/gpu/tables.sh`.

      \(tables.joined(separator: "\n\n"))

      """
  }
}
