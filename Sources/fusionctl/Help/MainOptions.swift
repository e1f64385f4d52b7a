/// What help says of commands beyond what the parser knows.
enum MainOptions {
  /// Options that a command cannot do without, although the parser takes it without them: a run that is resumed
  /// needs no `--config`, a dry run no `--out`.
  static let required: [String: [String]] = [
    "train": ["--config", "--data", "--labels", "--out"],
    "plan": ["--config"],
    "stats": ["--config"],
    "slurm": ["--config"],
  ]

  /// The options that `-h` shows, at most ten; all those of a command that is not named here.
  static let short: [String: [String]] = [
    "train": [
      "--config", "--data", "--labels", "--out", "--set", "--epochs", "--batch-size", "--dry-run", "--resume",
      "--init-from",
    ],
    "validate": [
      "--checkpoint", "--data", "--labels", "--predictions", "--json", "--threads", "--batch-size",
    ],
    "test": [
      "--checkpoint", "--checkpoint-s1", "--checkpoint-s2", "--data", "--labels", "--predictions", "--json",
      "--threads", "--batch-size",
    ],
    "plan": ["--config", "--set", "--batch-size", "--memory", "--threads", "--size", "--layers", "--json"],
    "bench": ["--config", "--only", "--size", "--batch-size", "--threads", "--data", "--labels", "--json"],
    "slurm": [
      "--config", "--set", "--data", "--labels", "--out", "--time", "--nodes", "--cpus-per-task",
      "--partition",
      "--gres",
    ],
  ]
}
