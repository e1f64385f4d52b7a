import Basics
import Cluster
import Foundation
import Networks

/// The name of a run, the folders that it reads, and how it was computed: `run` in `summary.json`.
///
/// No digest and no checkpoint holds any of this, so a run can be resumed after its data have been moved.
package struct RunIdentity: Codable, Equatable, Sendable {
  /// The name of the run folder.
  package var name: String
  /// Absolute path of the data folder.
  package var data: String
  /// Absolute path of the folder with lists and label fractions; nil where the manifest says where they are.
  package var labels: String?
  /// One part for each time that the run was started or resumed, the oldest first.
  package var parts: [Part]

  /// The part of a run that one process, or several ranks together, computed between a start and a stop.
  package struct Part: Codable, Equatable, Sendable {
    /// ISO 8601, UTC: "2026-03-01T12:00:00.000Z".
    package var started: String
    /// When the part last wrote its results, in the same format.
    package var ended: String
    /// The command line as a shell reads it; nil where the library was used without one.
    package var command: String?
    package var host: String
    /// The system's name of the processor; nil if it has none.
    package var processor: String?
    /// What computed: "cpu" or "cuda:0"; nil in files of older versions.
    package var device: String?
    /// The model of the device, "NVIDIA H100 80GB HBM3"; nil for the CPU.
    package var model: String?
    package var ranks: Int
    /// Threads of each rank.
    package var threads: Int
    /// Version of the program.
    package var version: String
    /// The libraries for arithmetic, files and MPI, with their versions: "GDAL 3.6.2".
    package var libraries: [String]

    /// A part that begins now on this machine.
    package init(command: String?, ranks: Int, threads: Int, on device: any Device) {
      started = DateText.now
      ended = started
      self.command = command
      host = HostName.current
      processor = ProcessUsage.value(of: "model name", in: "/proc/cpuinfo")
      (self.device, model) = (device.name, device.model)
      (self.ranks, self.threads) = (ranks, threads)
      version = ProgramVersion.current
      libraries = LibraryVersions.all
    }
  }

  package init(name: String, data: String, labels: String?, parts: [Part]) {
    (self.name, self.data, self.labels, self.parts) = (name, data, labels, parts)
  }

  /// The identity of a run in a folder.
  /// - Parameters:
  ///   - data, labels: paths of the folders as the user gave them.
  ///   - part: the part that this process computes.
  init(folder: String, data: String, labels: String?, part: Part) {
    self.init(
      name: Self.name(ofFolder: folder), data: Self.absolute(data), labels: labels.map(Self.absolute),
      parts: [part])
  }

  /// Adds the parts of an earlier identity that this one lacks. An identity without parts has computed nothing: the
  /// earlier one stays as it is.
  func continuing(_ earlier: RunIdentity?) -> RunIdentity {
    if parts.isEmpty, let earlier { return earlier }
    var whole = self
    let before = earlier?.parts.filter { old in
      !parts.contains { $0.started == old.started && $0.host == old.host }
    }
    whole.parts = (before ?? []) + parts
    return whole
  }

  /// One line where the run so far was computed by a device of another kind or model; nil where it was not, or where
  /// that is not known.
  func changeNote(to device: any Device) -> String? {
    func kind(_ name: String) -> Substring { name.prefix { $0 != ":" } }
    guard let last = parts.last, let before = last.device else { return nil }
    if kind(before) == kind(device.name), last.model == device.model { return nil }
    func title(_ name: String, _ model: String?) -> String { model.map { "\($0) (\(name))" } ?? name }
    return
      "\(title(before, last.model)) computed the run so far; \(title(device.name, device.model)) goes on, and "
      + "its numbers differ by rounding"
  }

  /// The last component of the absolute path: "s2" for `runs/s2/`, and also for "." in that folder.
  static func name(ofFolder path: String) -> String {
    URL(filePath: absolute(path)).lastPathComponent
  }

  /// The absolute path. Links are not followed, because a cluster's `/scratch` may be one.
  package static func absolute(_ path: String) -> String { URL(filePath: path).standardizedFileURL.path }
}

/// Dates as the program's files hold them.
enum DateText {
  /// ISO 8601 in UTC with milliseconds.
  static var now: String { Date.now.formatted(.iso8601WithMilliseconds) }
}

extension FormatStyle where Self == Date.ISO8601FormatStyle {
  fileprivate static var iso8601WithMilliseconds: Self {
    Date.ISO8601FormatStyle(includingFractionalSeconds: true)
  }
}
