import Basics

/// `config.yaml`: the resolved experiment, from which `--resume` goes on.
struct ConfigurationFile: RunObserver {
  let path: String
  let files: FileSystem

  var name: String { "config.yaml" }
  var delivery: RunDelivery { .onceSaved }

  func observe(_ event: RunEvent) throws {
    switch event {
    case .started(let start): try AtomicFile.write(start.experiment.yaml, to: path, files: files)
    case .step, .epoch, .evaluation, .checkpoint, .stopped, .finished: break
    }
  }
}
