import Basics
import Experiments
import Metrics
import Presentation
import Rasters
import Training

/// What a map shows, and where it is.
package struct MapReport: Sendable {
  private let outputs: MapOutputs
  private let classes: [String]
  private let task: ClassificationTask
  private let plan: WindowPlan
  private let grid: RasterGrid
  private let tally: MapTally
  private let seconds: Double

  init(
    _ outputs: MapOutputs, _ experiment: Experiment, _ plan: WindowPlan, _ scene: RasterGrid,
    _ tally: MapTally,
    seconds: Double
  ) {
    (self.outputs, classes, task) = (outputs, experiment.classScheme.classNames, experiment.labels.type)
    (self.plan, self.tally, self.seconds) = (plan, tally, seconds)
    grid = scene.part(columns: 0..<plan.scene.width, rows: 0..<plan.scene.height, step: plan.cell)
  }

  /// Path of the map.
  package var path: String { outputs.map.path }

  /// A table of the classes, and a line for each file.
  package func text(_ style: TextStyle) -> String {
    table.text("pixels", style) + "\n" + FactList(facts: facts).text(style)
  }

  private var table: ClassTable { ClassTable(tally, task, classes, showsEmpty: true) }

  private var facts: [(name: String, text: String)] {
    let size = grid.size
    let pixels = "\(NumberText.grouped(size.width)) × \(NumberText.grouped(size.height)) pixels"
    let place = grid.transform.map {
      " of \(NumberText.digits(abs($0[1]))) × \(NumberText.digits(abs($0[5]))) (\(grid.systemName))"
    }
    let windows =
      "\(NumberText.grouped(tally.windows)) of \(plan.window) pixels in \(NumberText.duration(seconds))"
      + (tally.leftOut > 0
        ? ", of which \(NumberText.grouped(tally.leftOut)) were left out because too many pixels are missing"
        : "")
    return [("windows", windows), ("map", pixels + (place ?? ", without a georeference"))]
      + outputs.all.map { file, content in
        let what =
          switch content {
          case .classes: "numbers of classes, 0 for no data"
          case .confidence: "probability of the class"
          case .probabilities: "probability of each class, a band each"
          }
        return ("file", "\(file.path): \(what)")
      }
      + (tally.known == 0 ? [("note", "the map has no data: every window lacks too many pixels")] : [])
  }

  package var json: String {
    get throws {
      let document = Document(
        map: outputs.map.path,
        files: outputs.all.map(\.file.path), width: grid.size.width, height: grid.size.height,
        transform: grid.transform, coordinateSystem: grid.projection.isEmpty ? nil : grid.systemName,
        window: [plan.window.height, plan.window.width], stride: plan.stride, windows: tally.windows,
        windowsLeftOut: tally.leftOut, pixels: tally.cells, pixelsWithoutData: tally.empty, seconds: seconds,
        classes: table.rows)
      return String(decoding: try ReportJSON.encode(document), as: UTF8.self)
    }
  }

  private struct Document: Encodable {
    let map: String
    let files: [String]
    let width, height: Int
    let transform: [Double]?
    let coordinateSystem: String?
    let window: [Int]
    let stride, windows, windowsLeftOut, pixels, pixelsWithoutData: Int
    let seconds: Double
    let classes: [ClassTable.Row]

    enum CodingKeys: String, CodingKey {
      case map, files, width, height, transform, window, stride, windows, pixels, seconds, classes
      case coordinateSystem = "coordinate_system"
      case windowsLeftOut = "windows_left_out"
      case pixelsWithoutData = "pixels_without_data"
    }
  }
}
