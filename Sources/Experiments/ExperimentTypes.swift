import Architectures
import Basics
import Imagery
import Networks

/// The experiment in the types of the modules that carry it out.
extension Experiment {
  /// The bands of each branch, in stacking order.
  package var inputs: [Channels] { model.sensors }

  /// The sensors that are read, by name.
  package var sensors: [Sensor] { Set(inputs.map(\.sensor)).sorted { $0.name < $1.name } }

  package var classScheme: ClassScheme { labels.scheme }

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
      case .middle: .middle(stage: model.fusionStage, weights: model.fusionWeights.map(Float.init))
      case .late: .late(isJoint: model.lateTraining == .joint)
      }
    return FusionNetwork(
      backbone: model.architecture.backbone, fusion: fusion,
      sensors: inputs.map { .init(name: $0.name, bands: $0.bandCount) },
      head: Head(classes: classScheme.classCount, dropout: Float(model.dropout)))
  }

  /// The network for one training image. Its side is the crop (`data.patch_size`), else 256, the side of SEN12MS's
  /// patches. No file is read.
  package var graph: Graph {
    let size = PatchSize(data.patchSize ?? 256)
    return network.graph(batch: 1, height: size.height, width: size.width)
  }

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
