import ArgumentParser
import Experiments
import Foundation
import SEN12MS

extension SyntheticSignal: ExpressibleByArgument {}

struct SynthCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "synth", abstract: "Write a synthetic data set in the shape of SEN12MS.",
    discussion: """
      additive: some classes differ only in Sentinel-1, others only in Sentinel-2. interaction: the class is the \
      exclusive or of a Sentinel-1 and a Sentinel-2 pattern, which averaged logits cannot tell and joint \
      features can. unreliable: Sentinel-1 tells the class, but it shows a wrong surface in half of the patches, and only haze in \
      Sentinel-2 tells in which. Sentinel-2 shows a wrong surface in 35 % of the patches, without a sign. Lists and labels lie \
      in DIR/labels_splits. There faults.csv says which patches of unreliable are wrong in which sensor.
      """)

  @Option(
    name: .long, help: ArgumentHelp("The folder to write; it must be empty or new.", valueName: "folder"))
  var out: String

  @Option(name: .long, help: "Number of scenes: about 60 % for training, 20 % for validation, 20 % for test.")
  var scenes = 20

  @Option(name: .long, help: "Patches of each scene.")
  var patchesPerScene = 20

  @Option(name: .long, help: ArgumentHelp("Height and width of a patch.", valueName: "pixels"))
  var size = 256

  @Option(name: .long, help: "The same seed gives the same bytes.")
  var seed: UInt64 = 0

  @Option(name: .long, help: "The pattern that tells the classes: additive, interaction or unreliable.")
  var signal = SyntheticSignal.additive

  @OptionGroup var output: OutputOptions

  func run() throws {
    let options = try SyntheticOptions(
      scenes: scenes, patchesPerScene: patchesPerScene, size: size, seed: seed, signal: signal)
    try output.progress.during("writing patches", total: scenes * patchesPerScene) { report in
      try SyntheticDataSet.write(
        to: URL(filePath: out), options, threads: Experiment.usableCores, progress: report)
    }
  }
}
