import Basics
import Metrics
import Presentation
import Synchronization

/// The output of a run for scripts: each event is a JSON object on a line of its own.
///
///     {"epoch":1,"event":"step","global_step":3,"learning_rate":0.001,"loss":0.693,"losses":[0.693],"patches":24,"step":3}
package struct EventLines: RunObserver {
  private let write: @Sendable (String) -> Void
  /// Two threads tell events. One line at a time is written.
  private let turn = SharedTurn()

  package var name: String { "the events on standard output" }
  package var delivery: RunDelivery { .atOnce }

  /// - Parameter write: takes a line without its end.
  package init(_ write: @escaping @Sendable (String) -> Void) { self.write = write }

  package func observe(_ event: RunEvent) throws {
    let line = try ReportJSON.line(Line(event))
    turn.mutex.withLock { _ in write(line) }
  }

  private final class SharedTurn: Sendable {
    let mutex = Mutex(())
  }

  /// The values of all kinds of events. An event leaves out what it does not have.
  private struct Line: Encodable {
    var event: String
    var epoch: Int?
    var epochs: Int?
    var step: Int?
    var globalStep: Int?
    var patches: Int?
    /// Mean loss over the patches of a step or an evaluation; the mean over objectives where there are several.
    var loss: Double?
    /// Mean loss of each objective: late fusion trains one for each sensor.
    var losses: [Double]?
    var learningRate: Double?
    var trainLoss, validationLoss, seconds, imagesPerSecond, dataWaitShare: Double?
    var figures: [MetricKey: Double]?
    var isBest: Bool?
    var split, path, reason: String?
    var parameters, ranks, threads: Int?

    enum CodingKeys: String, CodingKey {
      case event, epoch, epochs, step, patches, loss, losses, seconds, split, path, reason, parameters, ranks,
        threads
      case figures = "metrics"
      case globalStep = "global_step"
      case learningRate = "learning_rate"
      case trainLoss = "train_loss"
      case validationLoss = "val_loss"
      case imagesPerSecond = "images_per_second"
      case dataWaitShare = "data_wait_share"
      case isBest = "best"
    }

    init(_ event: RunEvent) {
      switch event {
      case .started(let start):
        self.init(event: "started", start.standing)
        (path, parameters) = (start.resumption?.checkpoint, start.parameters)
        (ranks, threads) = (start.ranks, start.threads)
      case .step(let own):
        self.init(event: "step")
        (epoch, step, globalStep, patches) = (own.epoch, own.step, own.globalStep, own.patches)
        (loss, losses) = (own.losses.reduce(0, +) / Double(own.losses.count), own.losses)
        learningRate = own.learningRate
      case .epoch(let own):
        self.init(event: "epoch")
        (epoch, trainLoss, validationLoss) = (
          own.record.epoch, own.record.trainLoss, own.record.validationLoss
        )
        (learningRate, figures, isBest) = (own.record.learningRate, own.record.validation, own.isBest)
        seconds = own.record.pace.seconds
        (imagesPerSecond, dataWaitShare) = (own.record.pace.imagesPerSecond, own.record.pace.dataWaitShare)
      case .evaluation(let own):
        self.init(event: "evaluation")
        (split, epoch, loss, seconds) = (own.split.rawValue, own.epoch, own.loss, own.seconds)
        figures = own.metrics.byKey
      case .checkpoint(let own):
        self.init(event: "checkpoint", own.standing)
        (path, reason, isBest, seconds) = (own.path, own.occasion.rawValue, own.isBest, own.seconds)
      case .stopped(let own):
        self.init(event: "stopped", own.standing)
        reason = "\(own.reason)"
      case .finished(let own):
        self.init(event: "finished", own.standing)
        path = own.bestCheckpoint
      }
    }

    private init(event: String, _ standing: RunStanding? = nil) {
      self.event = event
      (epochs, epoch, step) = (standing?.epochs, standing?.epoch, standing?.step)
    }
  }
}
