import Basics
import Imagery
import SEN12MS

// Arguments: a folder of SEN12MS or of `fusionctl synth`, the folder of its labels and lists, and the side of
// a patch.
let (data, labels) = (CommandLine.arguments[1], CommandLine.arguments[2])
let side = CommandLine.arguments.count > 3 ? Int(CommandLine.arguments[3]) ?? 256 : 256

// Training patches of all seasons, a fifth of the scenes held out; both sensors are read.
let rules = SelectionRules(
  validation: .byScene(fraction: 0.2), seed: 0, seasons: Season.ofTheYear, skipsAbsentFiles: false,
  leakage: .warn, sensors: [.s2, .s1])
let dataSet = try SEN12MSDataSet(rules, data: data, labels: labels, wanted: [.train])
let patches = dataSet.selection.training
guard let fractions = try dataSet.readLabels() else { fatalError("\(labels) has no file of labels") }

// Targets of each patch: those of the ten classes of the simplified scheme that cover at least a tenth of it.
let scheme = ClassScheme.simplified
let targets = patches.flatMap { scheme.target(fractions[$0]!, .multiLabel(threshold: 0.1)) }
let samples = LabelledPatches(patches: patches, classes: scheme.classCount, targets: targets)

// Normalised batches of eight, shuffled, read ahead by two threads.
var options = BatchOptions(
  inputs: [.s2, .s1], normalisation: .published, fileSize: PatchSize(side), batchSize: 8)
options.shuffle = true
let stream = try BatchStream(samples, in: dataSet.selection.store, options: options, epoch: 0)
while let batch = try stream.next() {
  let names = batch.indices.map { dataSet.selection.catalogue.id(patches[$0]) }
  print(batch.index, batch.count, names[0], batch.images(.s2).elements[0], batch.targets.elements[0])
}
