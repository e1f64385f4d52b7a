extension ExperimentKey {
  /// Every key, in the order in which configurations are written.
  package static let all: [ExperimentKey] =
    [
      .init("name", \.name, .notEmpty, "name of the run in tables"),
      .init("device", \.device, .notEmpty, "what computes: cpu, or auto for the fastest that is there"),
      .init("threads", \.threads, .optional(.range(1...1024)), "threads that compute; null for one per core"),
      .init("precision", \.precision, "type of activations and of what convolutions multiply"),
      .init(
        "memory", \.memory, "low: less memory for a slower training step; results are the same either way"),
    ] + model + labels + data + training + evaluation + cluster

  /// The names of the groups.
  static let groups: [String] = all.reduce(into: []) { groups, key in
    if let group = key.group, groups.last != group { groups.append(group) }
  }

  package static let byPath = Dictionary(uniqueKeysWithValues: all.map { ($0.path, $0) })

  private static let model: [ExperimentKey] = [
    .init("model.architecture", \.model.architecture, "depth of the network"),
    .init("model.fusion", \.model.fusion, "where two sensors meet; none for a single sensor"),
    .init("model.sensors", \.model.sensors, "[s1], [s2] or [rgb] without fusion, else [s2, s1] or [rgb, s1]"),
    .init(
      "model.fusion_stage", \.model.fusionStage, .range(0...4),
      "middle fusion: after the stem (0) or after layer1 … layer4 (1 … 4)"),
    .init(
      "model.fusion_weights", \.model.fusionWeights, .pair(.positive),
      "middle fusion: weights of the two feature maps, in the order of sensors"),
    .init(
      "model.late_training", \.model.lateTraining,
      "late fusion: a loss for each network, or one on the averaged logits"),
    .init("model.dropout", \.model.dropout, .fraction, "share of features dropped before the classifier"),
  ]

  private static let labels: [ExperimentKey] = [
    .init("labels.scheme", \.labels.scheme, "10 simplified or all 17 IGBP classes"),
    .init("labels.type", \.labels.type, "any number of classes a patch, or exactly one"),
    .init(
      "labels.threshold", \.labels.threshold, .threshold,
      "multi: a class is present from this share of the patch on"),
    .init(
      "labels.empty", \.labels.empty,
      "patches without any class: leave out, use as published, or stop; null: exclude if single, keep if multi"
    ),
  ]

  private static let data: [ExperimentKey] = [
    .init(
      "data.validation", \.data.validation,
      "scenes held out of training, val_list, or the paper's lists (computed where there is no val_list)"),
    .init(
      "data.validation_fraction", \.data.validationFraction, .share,
      "by_scene: share of the training scenes held out"),
    .init("data.split_seed", \.data.splitSeed, "by_scene, limit: seed of the choice of scenes and patches"),
    .init(
      "data.limit", \.data.limit, .optional(.range(1...1_000_000_000)),
      "most training patches, classes keep their shares; validation shrinks as much, a test never; null for all"
    ),
    .init("data.seasons", \.data.seasons, .distinct(), "seasons whose patches are used, in all splits"),
    .init(
      "data.missing", \.data.missing, "patches whose files are absent: stop, or leave them out and count"),
    .init(
      "data.nan", \.data.nan,
      "patches with missing samples (NaN, infinite, nodata, masked): stop, leave out, use the band's mean, or 0 as "
        + "published"),
    .init(
      "data.normalisation", \.data.normalisation, "the published band statistics, or the training split's"),
    .init("data.leakage", \.data.leakage, "what to do when splits share scenes"),
    .init(
      "data.patch_size", \.data.patchSize, .optional(.range(32...8192)),
      "side length in pixels to crop to; null to use patches as they are"),
    .init("data.crop", \.data.crop, "where training patches are cropped"),
    .init("data.flips", \.data.flips, "flip training patches at random"),
    .init("data.rotations", \.data.rotations, "turn training patches by multiples of 90° at random"),
    .init("data.workers", \.data.workers, .range(1...256), "threads that read patches"),
    .init("data.prefetch", \.data.prefetch, .range(1...256), "batches read ahead"),
  ]

  private static let training: [ExperimentKey] = [
    .init("training.epochs", \.training.epochs, .epochs, "passes over the training patches"),
    .init("training.batch_size", \.training.batchSize, .range(1...65536), "patches a training step"),
    .init(
      "training.batch_scope", \.training.batchScope,
      "several ranks: batch_size counts the patches of all of them, or of each"),
    .init(
      "training.sync_batch_norm", \.training.syncBatchNorm,
      "several ranks: batch norm statistics are those of all of them"),
    .init("training.learning_rate", \.training.learningRate, .positive, "step size of the optimizer"),
    .init(
      "training.learning_rate_scaling", \.training.learningRateScaling,
      "batch_scope rank: how the learning rate grows with the number of ranks"),
    .init(
      "training.weight_decay", \.training.weightDecay, .nonNegative, "L2 penalty, coupled into the gradient"),
    .init("training.optimizer", \.training.optimizer, "Adam, or stochastic gradient descent"),
    .init("training.betas", \.training.betas, .pair(.fraction), "adam: decay of the two moments"),
    .init("training.epsilon", \.training.epsilon, .positive, "adam: added to the denominator"),
    .init("training.momentum", \.training.momentum, .fraction, "sgd: decay of the velocity"),
    .init("training.nesterov", \.training.nesterov, "sgd: look ahead along the velocity"),
    .init("training.seed", \.training.seed, "seed of weights, order, augmentation and dropout"),
    .init("training.drop_last", \.training.dropLast, "leave out the last, smaller batch of an epoch"),
    .init(
      "training.checkpoint_every_epochs", \.training.checkpointEveryEpochs, .epochs,
      "epochs between checkpoints"),
    .init(
      "training.checkpoint_every_minutes", \.training.checkpointEveryMinutes, .optional(.positiveSpan),
      "minutes between checkpoints within an epoch; null for none"),
  ]

  private static let evaluation: [ExperimentKey] = [
    .init(
      "evaluation.batch_size", \.evaluation.batchSize, .range(1...65536),
      "patches an evaluation step; results do not depend on it")
  ]

  private static let cluster: [ExperimentKey] = [
    .init(
      "cluster.rank_timeout", \.cluster.rankTimeout, .positiveSpan,
      "seconds of silence after which another rank is taken for lost"),
    .init(
      "cluster.collective_timeout", \.cluster.collectiveTimeout, .positiveSpan,
      "seconds that ranks which are alive wait for each other in one exchange"),
    .init(
      "cluster.end_margin", \.cluster.endMargin, .span,
      "seconds before the end of the batch job at which a run saves and leaves"),
    .init(
      "cluster.stop_timeout", \.cluster.stopTimeout, .range(1...86400),
      "seconds after a wish to stop at which a run that has not left leaves at once"),
  ]
}
