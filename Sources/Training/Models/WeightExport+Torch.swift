import Basics
import Checkpoints
import Experiments
import ForeignWeights

extension WeightExport {
  /// Under which names the tensors of a `.pth` file are.
  package enum Names: String, CaseIterable, Sendable {
    /// Those of the checkpoint, which are torchvision's.
    case own
    /// Those of the SEN12MS toolbox, in the dictionaries that it saves. Its test program loads such a file.
    case toolbox
  }

  /// Writes a file that `torch.load(weights_only=True)` reads. The same checkpoint gives the same bytes.
  /// - Returns: what was written, for the user.
  /// - Throws: `InputError`: usage for a network that the toolbox does not have; environment when it cannot be written.
  package func writeTorch(_ names: Names, to output: OutputFile) throws -> String {
    let contents = model.file.contents
    func entry(_ name: String, _ content: TorchWriter.Content) throws -> TorchWriter.Entry {
      TorchWriter.Entry(names: names == .own ? [name] : try toolboxNames(name), content)
    }
    var entries = try tensorSources.map { try entry($0.name, .tensor($0)) }
    entries += try contents.counters.map { try entry($0.name, .counter($0.value)) }
    let layout: TorchWriter.Layout =
      names == .own
      ? .plain
      : .toolbox(
        epoch: contents.progress.epoch, architecture: toolboxArchitecture, best: contents.best?.value ?? 0)
    try TorchWriter(entries, layout: layout).write(to: output.target)
    return "\(output.path): \(counted(entries.count, "tensor")), \(try size(of: output)), "
      + (names == .own
        ? model.experiment.torchvisionText : "as the SEN12MS toolbox saves \(toolboxArchitecture)")
  }

  /// "ResNet18", as the toolbox calls its classes.
  private var toolboxArchitecture: String {
    let name = model.experiment.model.architecture.rawValue
    let families = [
      ("resnet", "ResNet"), ("vgg", "VGG"), ("densenet", "DenseNet"), ("dfnn", "DFNN"), ("dfn", "DFN"),
    ]
    guard let family = families.first(where: { name.hasPrefix($0.0) }) else { return name }
    return family.1 + name.dropFirst(family.0.count)
  }

  /// The names of a tensor in the toolbox. It keeps the first convolution of a ResNet under two names.
  /// - Throws: `InputError` (usage) for a fusion that the toolbox does not have.
  private func toolboxNames(_ name: String) throws -> [String] {
    let experiment = model.experiment
    func refusal(_ problem: String) -> InputError {
      InputError(.usage, "--names toolbox", problem, remedy: "export it with --names own")
    }
    switch experiment.model.fusion {
    case .noFusion, .early:
      let other = ForeignNames.toolbox(name) ?? name
      return name == "conv1.weight" ? [name, other] : [other]
    case .middle:
      guard experiment.model.architecture.rawValue.hasPrefix("resnet"), experiment.model.fusionStages == [2],
        experiment.model.join == .mean,
        Set(experiment.inputs.map(\.name)) == ["s1", "s2"]
      else { throw refusal("the toolbox has middle fusion of s1 and s2 in ResNets after stage 2 only") }
      let branch = experiment.inputs.map(\.name).first { name.hasPrefix($0 + ".") }
      let plain = branch.map { String(name.dropFirst($0.count + 1)) } ?? name
      let names = ForeignNames.paperMiddle(plain, branch: branch)
      guard !names.isEmpty else { throw refusal("the toolbox has no tensor such as \(shownName(name))") }
      return names
    case .late: throw refusal("the toolbox keeps late fusion as two networks, each trained for itself")
    }
  }
}
