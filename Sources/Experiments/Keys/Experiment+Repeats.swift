extension Experiment {
  /// Whether another experiment is the same but for its name and the seed of its training.
  package func isRepeat(of other: Experiment) -> Bool {
    let free: Set = ["name", "training.seed"]
    // A resumed run may have more epochs; another experiment with more epochs is another experiment.
    let bound: Set = ["training.epochs"]
    return ExperimentKey.all.allSatisfy { key in
      free.contains(key.path) || !(key.mustMatch.onResume || bound.contains(key.path))
        || key.text(self) == key.text(other)
    }
  }
}
