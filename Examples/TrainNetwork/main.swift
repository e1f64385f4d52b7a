import Experiments
import Training

// Arguments: a folder of data, the folder of its labels, and the run folder to make.
let arguments = CommandLine.arguments
let (data, labels, run) = (arguments[1], arguments[2], arguments[3])

// An experiment as `fusionctl train` takes it, from a configuration or from keys. Here both sensors, with
// middle fusion.
let experiment = try Experiment(
  yaml: nil,
  overrides: [
    "model.architecture=resnet18", "model.fusion=middle", "model.sensors=s2,s1", "training.epochs=2",
    "training.batch_size=8",
  ].map(Experiment.Override.init(setting:)))
let session = TrainingSession(experiment: experiment, data: data, labels: labels, progress: .silent)

// Trains, validates after each epoch, and saves checkpoints. A later call with `.resume` goes on with the
// run.
switch try session.train(in: RunFolder(run, .new)) {
case .finished: print("finished: \(run)")
case .stopped(let reason): print("stopped: \(reason)")
}

// The best network of the run, to classify your own images.
let classifier = try Classifier(contentsOf: run)
print(classifier.classes.joined(separator: ", "))
