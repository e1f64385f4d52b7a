import Experiments

extension RunSummary {
  /// The experiment of the networks that the run fuses late, from their checkpoints; nil for a run that was trained, and
  /// where a checkpoint cannot be read or has other classes than the run.
  package var fusedExperiment: Experiment? {
    guard let networks, networks.count >= 2,
      let models = try? networks.map({ try TrainedModel(path: $0.path) }),
      let experiment = try? EvaluationSession.lateFusion(models.map { ($0.file.path, $0.experiment) }),
      experiment.classScheme.classNames == classes
    else { return nil }
    return experiment
  }
}
