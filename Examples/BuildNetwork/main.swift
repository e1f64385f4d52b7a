import Architectures
import Basics
import CPUEngine
import Foundation
import Networks

// A ResNet18 that tells ten classes from images of three bands, 64 pixels wide, two at a time.
let (count, side, bands) = (2, 64, 3)
let network = FusionNetwork(
  backbone: ResNet(.resnet18), fusion: .none, sensors: [.init(name: "rgb", bands: bands)],
  head: Head(classes: 10))
let graph = network.graph(batch: count, height: side, width: side)

// What is to run: an evaluation of this batch. The device plans it, and makes what runs it.
var request = NetworkRequest(of: graph)
request.inference[count] = graph
let device = CPUDevice(threads: 2)
let executor = try device.executor(request, ranks: OneProcess())

// Weights: a file of 32-bit floats, parameter after parameter, each as PyTorch lays it out; without one, random ones.
executor.state.initialise(seed: 1)
if CommandLine.arguments.count > 1 {
  let weights = try Data(contentsOf: URL(filePath: CommandLine.arguments[1])).withUnsafeBytes {
    Array($0.bindMemory(to: Float.self))
  }
  var begin = 0
  for (index, parameter) in executor.state.parameters.enumerated() {
    let values = Array(weights[begin..<begin + parameter.count])
    executor.state.set(.parameter(index), Tensor(shape: parameter.shape, values: values))
    begin += parameter.count
  }
}

// Images [N, H, W, bands], here a ramp of grey, to logits [N, classes].
let pixels = (0..<count * side * side * bands).map { Float($0 % 255) / 255 }
pixels.withUnsafeBufferPointer { pixels in
  let batch = NetworkBatch(count: count, inputs: [("rgb", .floats(pixels.baseAddress!))])
  for logit in executor.predict(batch)[FusionNetwork.logits]! { print(logit) }
}
