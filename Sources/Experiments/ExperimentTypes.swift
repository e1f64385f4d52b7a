import Architectures
import Basics
import Imagery
import Networks

/// The experiment in the types of the modules that carry it out.
extension Experiment {
  /// The bands of each branch, in stacking order.
  /// - Precondition: the experiment was read, so that its data set has them.
  package var inputs: [Channels] {
    model.sensors.map { name in
      do throws(Inconsistency) {
        return try channels(of: name)
      } catch {
        preconditionFailure("experiments are checked when they are read: \(error.problem)")
      }
    }
  }

  /// The sensors that are read, by name.
  package var sensors: [Sensor] { Set(inputs.map(\.sensor)).sorted { $0.name < $1.name } }

  package var classScheme: ClassScheme {
    if let schemeOfNetwork { return schemeOfNetwork }
    guard let scheme = manifest.scheme(named: labels.scheme.text) else {
      preconditionFailure("experiments are checked when they are read: no scheme \(labels.scheme)")
    }
    return scheme
  }

  package var labelType: LabelType {
    labels.type == .multi ? .multiLabel(threshold: labels.threshold) : .singleLabel
  }

  package var loss: Loss { labels.type == .multi ? .binaryCrossEntropy : .crossEntropy }

  package var nanPolicy: NaNPolicy { data.nan }

  package var network: FusionNetwork {
    let fusion: Fusion =
      switch model.fusion {
      case .noFusion: .none
      case .early: .early
      case .middle: .stages(model.fusionStages, model.joining)
      case .late: .logits(model.joining, isJoint: model.lateTraining == .joint)
      }
    return FusionNetwork(
      backbone: model.architecture.backbone(stem: model.stem), fusion: fusion,
      sensors: inputs.map { .init(name: $0.name, bands: $0.bandCount) },
      head: Head(
        classes: classScheme.classCount, kind: model.chosenHead, dropout: model.dropout.map { Float($0) }))
  }

  /// The network for one training image. Its size is the crop (`data.patch_size`), else that of the manifest, else 256×256.
  /// No file is read.
  package var graph: Graph {
    graph(of: data.patchSize.map { PatchSize($0) } ?? plannedSize)
  }

  /// The network for one image of a size.
  package func graph(of size: PatchSize) -> Graph {
    network.graph(batch: 1, height: size.height, width: size.width)
  }

  /// The size of the patches as the manifest states it, else 256×256, the size of SEN12MS's patches.
  package var plannedSize: PatchSize { manifest.patchSize ?? PatchSize(256) }

  package var optimizerRule: OptimizerRule {
    switch training.optimizer {
    case .adam:
      .adam(
        beta1: Float(training.betas[0]), beta2: Float(training.betas[1]), epsilon: Float(training.epsilon),
        weightDecay: Float(training.weightDecay))
    case .sgd:
      .sgd(
        momentum: Float(training.momentum), nesterov: training.nesterov,
        weightDecay: Float(training.weightDecay))
    }
  }

  /// How training patches are varied.
  package var trainingAugmentation: Augmentation {
    let crop: Augmentation.Crop =
      switch (data.patchSize, data.crop) {
      case (nil, _): .none
      case (let side?, .random): .random(PatchSize(side))
      case (let side?, .centre): .centre(PatchSize(side))
      }
    return Augmentation(flips: data.flips, rotations: data.rotations, crop: crop)
  }

  /// How patches are prepared in an evaluation: cropped at the centre, neither flipped nor turned.
  package var evaluationAugmentation: Augmentation {
    Augmentation(crop: data.patchSize.map { .centre(PatchSize($0)) } ?? .none)
  }
}

/// Values that depend on the number of ranks.
extension Experiment {
  /// Number of patches of a training step on all ranks.
  package func globalBatchSize(ranks: Int) -> Int {
    training.batchScope == .global ? training.batchSize : training.batchSize * ranks
  }

  /// The learning rate for a batch that has grown with the number of ranks.
  package func learningRate(ranks: Int) -> Double {
    let growth = Double(globalBatchSize(ranks: ranks)) / Double(training.batchSize)
    return switch training.learningRateScaling {
    case .none: training.learningRate
    case .linear: training.learningRate * growth
    case .sqrt: training.learningRate * growth.squareRoot()
    }
  }
}
