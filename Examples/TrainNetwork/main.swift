import Experiments
import Training

// A folder of data, its labels, and the folder that the run is to make.
let arguments = CommandLine.arguments
let (data, labels, run) = (arguments[1], arguments[2], arguments[3])

// An experiment as `fusionctl train` takes it: a configuration, or keys. Both sensors, fused in the middle.
let experiment = try Experiment(
  yaml: nil,
  overrides: [
    "model.architecture=resnet18", "model.fusion=middle", "model.sensors=s2,s1", "training.epochs=2",
    "training.batch_size=8",
  ].map(Experiment.Override.init(setting:)))
let session = TrainingSession(experiment: experiment, data: data, labels: labels, progress: .silent)

// Trains, validates after each epoch, and saves checkpoints; the next call with `.resume` would go on.
switch try session.train(in: RunFolder(run, .new)) {
case .finished: print("finished: \(run)")
case .stopped(let reason): print("stopped: \(reason)")
}

// The best network of the run, for images of one's own.
let classifier = try Classifier(contentsOf: run)
print(classifier.classes.joined(separator: ", "))
