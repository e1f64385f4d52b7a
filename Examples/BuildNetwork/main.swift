import Architectures
import Basics
import CPUEngine
import Foundation
import Networks

// A ResNet18 with ten classes, for batches of two images of 64×64 pixels and three bands.
let (count, side, bands) = (2, 64, 3)
let network = FusionNetwork(
  backbone: ResNet(.resnet18), fusion: .none, sensors: [.init(name: "rgb", bands: bands)],
  head: Head(classes: 10))
let graph = network.graph(batch: count, height: side, width: side)

// The request: an evaluation of such a batch. The device plans it, and makes the executor that runs it.
var request = NetworkRequest(of: graph)
request.inference[count] = graph
let device = CPUDevice(threads: 2)
let executor = try device.executor(request, ranks: OneProcess())

// Weights: a file of 32-bit floats, parameter after parameter, each in PyTorch's layout. Without a file they
// are random.
try executor.state.initialise(seed: 1)
if CommandLine.arguments.count > 1 {
  let weights = try Data(contentsOf: URL(filePath: CommandLine.arguments[1])).withUnsafeBytes {
    Array($0.bindMemory(to: Float.self))
  }
  var begin = 0
  for (index, parameter) in executor.state.parameters.enumerated() {
    let values = Array(weights[begin..<begin + parameter.count])
    try executor.state.set(.parameter(index), Tensor(shape: parameter.shape, values: values))
    begin += parameter.count
  }
}

// From images [N, H, W, bands], here a grey ramp, to logits [N, classes].
let pixels = (0..<count * side * side * bands).map { Float($0 % 255) / 255 }
try pixels.withUnsafeBufferPointer { pixels in
  let batch = NetworkBatch(count: count, inputs: [("rgb", .floats(pixels.baseAddress!))])
  for logit in try executor.predict(batch)[FusionNetwork.logits]! { print(logit) }
}
