/// How long a run takes, computed from the seconds of its patches.
///
/// Example: 100 training patches of 0.2 s and 50 validation patches of 0.1 s make an epoch of 25 s.
package struct RunClock: Equatable, Sendable {
  /// What is done with a patch.
  package enum Work: Sendable { case training, validation }

  package let epochs: Int
  /// Patches of an epoch.
  package let trainingPatches: Int
  package let validationPatches: Int
  /// Seconds a patch; nil while they are not known.
  package private(set) var trainingSeconds: Double?
  package private(set) var validationSeconds: Double?

  /// Before validation is measured, its patch counts as a forward pass: one of the three passes of a training
  /// step.
  private static let forwardShare = 1.0 / 3

  package init(
    epochs: Int, trainingPatches: Int, validationPatches: Int, trainingSeconds: Double? = nil,
    validationSeconds: Double? = nil
  ) {
    (self.epochs, self.trainingPatches) = (epochs, trainingPatches)
    self.validationPatches = validationPatches
    (self.trainingSeconds, self.validationSeconds) = (trainingSeconds, validationSeconds)
  }

  /// Takes the seconds a patch from work that was done; the newest measurement counts. Without patches
  /// nothing changes.
  package mutating func measure(_ work: Work, patches: Int, seconds: Double) {
    guard patches > 0, seconds > 0 else { return }
    switch work {
    case .training: trainingSeconds = seconds / Double(patches)
    case .validation: validationSeconds = seconds / Double(patches)
    }
  }

  /// Seconds of an epoch with its validation; nil while they are not known.
  package var epochSeconds: Double? {
    trainingSeconds.map { training in
      Double(trainingPatches) * training
        + Double(validationPatches) * (validationSeconds ?? training * Self.forwardShare)
    }
  }

  /// Seconds of the epochs that are left; nil while they are not known.
  package func secondsLeft(finished: Int) -> Double? {
    epochSeconds.map { $0 * Double(max(epochs - finished, 0)) }
  }

  /// What a run has to do after the training or validation of an epoch.
  package struct Rest: Equatable, Sendable {
    /// Patches that follow at the same speed. Validation that was not measured counts with a third of its
    /// patches.
    let patches: Double
    /// Seconds of the other kind of work.
    let seconds: Double

    var isNothing: Bool { patches == 0 && seconds == 0 }

    /// Seconds to the end of the run.
    /// - Parameter left: patches left of the present work; each takes `secondsAPatch`.
    func secondsLeft(left: Int, secondsAPatch: Double) -> Double {
      (Double(left) + patches) * secondsAPatch + seconds
    }
  }

  /// What follows the work of an epoch; epochs count from 0. nil after a validation while the time of
  /// training is not known.
  package func rest(after work: Work, ofEpoch epoch: Int) -> Rest? {
    let later = Double(max(epochs - epoch - 1, 0))
    let training = later * Double(trainingPatches)
    switch work {
    case .training:
      let validation = (later + 1) * Double(validationPatches)
      return validationSeconds.map { Rest(patches: training, seconds: validation * $0) }
        ?? Rest(patches: training + validation * Self.forwardShare, seconds: 0)
    case .validation:
      return trainingSeconds.map {
        Rest(patches: later * Double(validationPatches), seconds: training * $0)
      }
    }
  }
}
