/// The main options of each command, which help shows and the parser cannot tell.
enum MainOptions {
  /// Arguments that a command usually needs, although the parser does not require them. Exceptions: a resumed run needs
  /// no `--config`, a dry run no `--out`, and a pair of checkpoints no run.
  static let required: [String: [String]] = [
    "train": ["--config", "--data", "--labels", "--out"],
    "plan": ["--config"],
    "stats": ["--config", "--data", "--labels"],
    "slurm": ["--config"],
    "validate": ["<run>"],
    "test": ["<run>"],
    "predict": ["<run>", "--image"],
    "export": ["<run>"],
  ]

  /// The options that `-h` shows, at most ten. Of a command that is not named here it shows all.
  static let short: [String: [String]] = [
    "train": [
      "--config", "--data", "--labels", "--out", "--set", "--epochs", "--batch-size", "--dry-run", "--resume",
      "--init-from",
    ],
    "validate": ["--data", "--labels", "--all", "--predictions", "--json", "--batch-size", "--threads"],
    "test": [
      "--data", "--labels", "--all", "--predictions", "--wide", "--json", "--batch-size", "--checkpoint-s1",
      "--checkpoint-s2", "--out",
    ],
    "predict": [
      "--image", "--out", "--data", "--bands", "--mask", "--bounds", "--warp", "--stride",
      "--full-resolution", "--force",
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
