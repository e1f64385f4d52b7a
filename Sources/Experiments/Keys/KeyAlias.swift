/// Words that other programs use for the keys of this one.
package enum KeyAlias {
  /// What a word means.
  package enum Meaning: Equatable, Sendable {
    /// The path of a key, with its group.
    case key(String)
    /// There is no such key; the text says what to do instead.
    case remark(String)
  }

  /// The flag that sets a key, by the path of the key. Not every command has every flag.
  package static let flags = [
    "training.batch_size": "--batch-size", "training.epochs": "--epochs", "threads": "--threads",
    "memory": "--memory", "precision": "--precision",
    "training.checkpoint_every_minutes": "--checkpoint-every",
  ]

  /// The key or the remark that a word stands for: "lr", "batch", "weight-decay". The name of a key without its group
  /// stands for the key, too.
  package static func meaning(of word: String) -> Meaning? {
    let word = word.lowercased().replacing("-", with: "_")
    if let remark = remarks[word] { return .remark(remark) }
    if let path = paths[word] ?? ExperimentKey.byPath[word]?.path { return .key(path) }
    let named = ExperimentKey.all.filter { $0.name == word }
    // `batch_size` without a group means training.batch_size.
    return (named.first { $0.group == "training" } ?? (named.count == 1 ? named[0] : nil)).map {
      .key($0.path)
    }
  }

  /// The key that a word of another program stands for; nil where there is none.
  static func key(for word: String) -> ExperimentKey? {
    paths[word.lowercased().replacing("-", with: "_")].flatMap { ExperimentKey.byPath[$0] }
  }

  /// The key with its default, as `--set` takes it: "training.learning_rate=0.004"; nil for an unknown key.
  package static func example(of path: String) -> String? {
    ExperimentKey.byPath[path].map { "\(path)=\($0.text(Experiment()))" }
  }

  /// The keys for which other programs have other words.
  static var allPaths: Set<String> { Set(paths.values) }

  private static let remarks: [String: String] = {
    let device = "--device cuda computes on a GPU, cpu on the CPU, and auto on the GPU where it works"
    let folder = "the run folder is --out"
    return [
      "gpu": device, "gpus": device, "cuda": device, "output": folder,
      "output_dir": folder, "run": folder, "verbose": "progress is shown unless --quiet is given",
    ]
  }()

  private static let paths: [String: String] = {
    let words = [
      "training.learning_rate": ["lr", "rate", "step_size", "base_lr"],
      "training.batch_size": ["bs", "batch", "batchsize"],
      "training.weight_decay": ["wd", "decay", "l2"],
      "training.optimizer": ["optim", "optimiser", "adam", "sgd"],
      "training.momentum": ["beta", "velocity"],
      "training.seed": ["random_seed", "random_state"],
      "training.epochs": ["epoch", "n_epochs", "num_epochs", "max_epochs"],
      "training.checkpoint_every_minutes": ["checkpoint_every", "save_every"],
      "training.sync_batch_norm": ["sync_bn", "syncbn"],
      "model.architecture": ["model", "arch", "backbone", "network", "net", "resnet", "depth"],
      "model.sensors": ["sensor", "bands", "channels", "rgb", "inputs", "s1", "s2"],
      "model.fusion_stages": ["stage", "stages"],
      "model.join": ["joins", "fuse", "gate", "gated"],
      "labels.scheme": ["classes", "num_classes", "igbp"],
      "labels.type": ["task", "single", "multi", "multilabel", "multi_label", "single_label"],
      "data.flips": ["flip", "hflip", "vflip", "augment", "augmentation"],
      "data.rotations": ["rotate", "rotation"],
      "data.workers": ["num_workers", "loaders", "readers"],
      "data.patch_size": ["image_size", "imgsz", "img_size"],
      "data.normalisation": ["normalization", "normalize", "mean", "std"],
      "data.validation": ["val", "val_split", "validation_split"],
      "data.limit": ["subset", "limit_train", "limit_train_batches", "max_patches"],
      "precision": ["amp", "fp16", "bf16", "half", "mixed_precision", "dtype"],
      "threads": ["jobs", "cores", "cpus", "num_threads", "nthreads"],
    ]
    return Dictionary(uniqueKeysWithValues: words.flatMap { path, words in words.map { ($0, path) } })
  }()
}
