import Basics
import Logging
import Presentation

/// An output of a run, before the run begins. To add one, write its `RunObserver` and add a line to `all`.
package enum RunOutput: Sendable {
  /// A file of the run folder, made from its path and the calls to write it with.
  ///
  /// The name belongs to the run. A new run is refused in a folder that holds another file of this name, and
  /// `--overwrite` removes the file.
  case file(String, @Sendable (String, FileSystem) -> any RunObserver)
  /// Files in a folder of the run folder, made as a file is.
  ///
  /// The folder's name belongs to the run. `--overwrite` removes the files of the folder that `owns` says the run wrote, and
  /// the folder if nothing else is in it.
  case folder(String, owns: @Sendable (String) -> Bool, @Sendable (String, FileSystem) -> any RunObserver)
  /// Lines for people; nil where there is no place to write them.
  case lines(@Sendable (RunVoice) -> (any RunObserver)?)

  /// The outputs of every training besides its checkpoints, in the order in which they get an event.
  package static let all: [RunOutput] = [
    .file("config.yaml") { ConfigurationFile(path: $0, files: $1) },
    .file(DeviceChoicesFile.name) { DeviceChoicesFile(path: $0, files: $1) },
    .file("metrics.csv") { MetricsFile(path: $0, files: $1) },
    .file("summary.json") { SummaryFile(path: $0, files: $1) },
    .folder(RunPredictions.folder, owns: RunPredictions.owns) { BestPredictions(folder: $0, files: $1) },
    .folder(EventFolder.name, owns: EventFolder.owns) { EventFolder(path: $0, files: $1) },
    .lines { voice in voice.log.map { LogLines($0, voice.nextSteps) } },
    .lines { ConsoleLines($0) },
  ]

  /// The names in a run folder that belong to outputs.
  static let names = all.compactMap { output -> String? in
    switch output {
    case .file(let name, _), .folder(let name, _, _): name
    case .lines: nil
    }
  }

  /// Removes what the output wrote in a run folder.
  /// - Throws: `InputError` (environment) that names what cannot be removed.
  func remove(from run: String, files: FileSystem) throws {
    switch self {
    case .file(let name, _): try files.remove("\(run)/\(name)")
    case .folder(let name, let owns, _):
      let folder = "\(run)/\(name)"
      guard files.state(of: folder) == .present(.folder) else { return }
      for file in try files.names(in: folder).sorted() where owns(file) {
        try files.remove("\(folder)/\(file)")
      }
      files.removeFolderQuietly(folder)
    case .lines: break
    }
  }

  /// The output of a run; nil for a file in a run without a folder.
  func observer(in folder: RunFolder?, _ voice: RunVoice) -> (any RunObserver)? {
    switch self {
    case .file(let name, let make), .folder(let name, _, let make):
      folder.map { make("\($0.path)/\(name)", $0.files) }
    case .lines(let make): make(voice)
    }
  }
}

/// Where a run writes text for people.
package struct RunVoice: Sendable {
  package let progress: ProgressReporter
  /// `train.log`; nil in a run without a folder.
  package let log: RunLog?
  /// Commands that the user may run next; nil where none are shown.
  package let nextSteps: NextSteps?
}

/// What a training tells, and whom.
struct RunReporting {
  var outputs = RunOutput.all
  /// What the user may do next; nil where nobody is told.
  var nextSteps: NextSteps?
  /// What the run notes of itself; nil in a run without a folder.
  var identity: RunIdentity?

  /// Of the first rank, which alone writes and talks; nobody is told anything on the others.
  func events(in folder: RunFolder?, at place: Workplace) -> RunEvents {
    let voice = RunVoice(progress: place.progress, log: place.log, nextSteps: nextSteps)
    let observers = place.communicator.isFirst ? outputs.compactMap { $0.observer(in: folder, voice) } : []
    let (progress, logger) = (place.progress, place.logger)
    return RunEvents(observers) { line in
      progress.warning(line)
      logger.warning("\(line)")
    }
  }
}

/// What a training tells its user to do next; commands as a shell reads them.
package struct NextSteps: Sendable {
  /// The command that starts what a dry run has tried.
  package let start: String
  /// How a run goes on that was stopped: "go on with: fusionctl train --resume --out runs/a".
  package let resuming: String
  /// The command that tests the run: "fusionctl test runs/a"; nil where no run folder is named.
  package let test: String?

  package init(start: String, resuming: String, test: String?) {
    (self.start, self.resuming, self.test) = (start, resuming, test)
  }
}
