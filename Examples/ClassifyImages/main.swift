import Foundation
import Training

let classifier = try Classifier(contentsOf: "runs/s2")
// Square patches of the ten bands, raw 32-bit floats [N, H, W, 10].
let pixels = try Data(contentsOf: URL(filePath: "patches.f32")).withUnsafeBytes {
  Array($0.bindMemory(to: Float.self))
}
let side = Int(CommandLine.arguments[1]) ?? 256
let count = pixels.count / (side * side * 10)
let probabilities = try classifier.probabilities(["s2": pixels], shape: [count, side, side, 10])
for (index, probability) in probabilities.enumerated() {
  print(index / classifier.classes.count, classifier.classes[index % classifier.classes.count], probability)
}
