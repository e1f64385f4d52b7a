import Basics
import Experiments
import Foundation
import Imagery
import Rasters
import Training

/// Everything that decides the results of a map's windows, as lines that people can read.
struct MapKey {
  let lines: [String]

  /// - Throws: `InputError` (checkpoint or data) for a file that cannot be read.
  init(
    _ session: EvaluationSession, _ options: MapOptions, _ scene: Scene, _ plan: WindowPlan, batchSize: Int
  ) throws {
    let request = options.scene
    func entries<Value>(_ values: [String: Value], _ text: (Value) -> String) -> String {
      values.sorted { $0.key < $1.key }.map { "\($0)=\(text($1))" }.joined(separator: " ")
    }
    var lines = try Self.network(session)
    for image in request.images { lines.append("image \(image.sensor): \(try Self.identity(image.path))") }
    for mask in request.masks { lines.append("mask: \(mask.text) of \(try Self.identity(mask.path))") }
    let inputs = scene.inputs.map { "\($0.name) \($0.bandNames.joined(separator: ","))" }
    lines += [
      "inputs: \(inputs.joined(separator: "; "))",
      "bands: \(entries(request.bands) { $0.joined(separator: ",") })",
      "offset: \(entries(request.offsets) { "\($0)" })", "nodata: \(entries(request.nodata) { "\($0)" })",
      "warp: \(request.warp?.rawValue ?? "no")",
      "part: \(scene.size) pixels from row \(scene.row), column \(scene.column)",
      "window: \(plan.window)", "stride: \(plan.stride)", "pixels of the map: \(plan.cell)",
      "most missing: \(options.mostMissing)", "batch: \(batchSize)",
    ]
    self.lines = lines
  }

  /// The lines about the program, the network and what computes it.
  /// - Throws: `InputError` (checkpoint) for a file that cannot be read.
  static func network(_ session: EvaluationSession) throws -> [String] {
    ["version: \(ProgramVersion.current)"]
      + (try session.checkpointRecords().map { "network: epoch \($0.epoch), weights \($0.weights)" })
      + [
        "precision: \(session.experiment.precision.rawValue)",
        "device: \(session.device.model ?? session.device.name)",
      ] + session.device.agreement.map { "\($0.name): \($0.value)" }
  }

  /// Path, size and time of a file: what shows that it was not replaced.
  private static func identity(_ path: String) throws -> String {
    var status = stat()
    guard stat(path, &status) == 0 else {
      let code = errno
      throw PathState.of(path).error(.data, path)
        ?? InputError(.data, path, "cannot be read (\(SystemFault.reason(code)))")
    }
    let absolute = URL(filePath: path).standardizedFileURL.path
    return
      "\(absolute.printable), \(status.st_size) bytes, \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
  }
}
