import Basics
import Checkpoints
import ForeignWeights
import TestSupport
import Testing

/// Files of weights fill branches of a network.
struct BranchTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  /// Two encoders of two layers, a shared layer and a head.
  private static let middle = NetworkTensors(
    branches: ["s2", "s1"].map { sensor in
      .init(
        name: sensor, prefix: sensor + ".",
        tensors: [
          TensorInfo(name: "\(sensor).conv1.weight", shape: [1, 2, 1, 1]),
          TensorInfo(name: "\(sensor).layer1.0.conv1.weight", shape: [1, 1, 1, 1]),
        ], firstConvolution: "\(sensor).conv1.weight",
        channels: (sensor == "s1" ? ["VV", "VH"] : ["B2", "B3"]).map { .init(sensor: sensor, band: $0) })
    } + [
      .init(
        name: "shared", prefix: "",
        tensors: [
          TensorInfo(name: "layer3.0.conv1.weight", shape: [1, 1, 1, 1]),
          TensorInfo(name: "fc.weight", shape: [3, 1]),
          TensorInfo(name: "fc.bias", shape: [3]),
        ], firstConvolution: nil, channels: [])
    ], joins: [TensorInfo(name: "fusion2.gate.weight", shape: [1, 2, 1, 1])], heads: ["fc.weight", "fc.bias"])

  /// A file of a whole network of one sensor.
  private func single(_ name: String, channels: Int, value: Float, classes: Int = 3, left: String = "") throws
    -> String
  {
    let path = folder.file("\(name).safetensors").path
    let shapes = [
      ("conv1.weight", [1, channels, 1, 1]), ("layer1.0.conv1.weight", [1, 1, 1, 1]),
      ("layer3.0.conv1.weight", [1, 1, 1, 1]), ("fc.weight", [classes, 1]), ("fc.bias", [classes]),
    ].filter { $0.0 != left }
    try SafetensorsFile.write(
      shapes.map { TensorSource(name: $0.0, shape: $0.1) { $0.update(repeating: value) } }, to: path)
    return path
  }

  private func values(_ plan: WeightPlan, _ name: String, _ count: Int) throws -> [Float] {
    var values = [Float](repeating: -1, count: count)
    try values.withUnsafeMutableBufferPointer { try plan.read(name, into: $0) }
    return values
  }

  @Test func filesFillBranches() throws {
    var request = WeightRequest([
      .init(try single("radar", channels: 2, value: 1)), .init(try single("optical", channels: 13, value: 2)),
    ])
    request.files[0].into = ["s1"]
    request.files[1].into = ["s2"]
    let plan = try WeightPlan(request, for: Self.middle)
    #expect(
      try values(plan, "s1.conv1.weight", 2) == [1, 1] && values(plan, "s2.conv1.weight", 2) == [2, 2])
    #expect(try values(plan, "s1.layer1.0.conv1.weight", 1) == [1])
    // What follows the fusion comes from the file of s2, unless another is named.
    #expect(try values(plan, "layer3.0.conv1.weight", 1) == [2] && values(plan, "fc.bias", 3) == [2, 2, 2])
    #expect(plan.left == ["fusion2.gate.weight"])
    request.files[0].into = ["s1", "shared"]
    #expect(try values(WeightPlan(request, for: Self.middle), "layer3.0.conv1.weight", 1) == [1])
  }

  @Test func oneFileFillsTheOpticalBranch() throws {
    let path = try single("rgb", channels: 3, value: 2, classes: 1000)
    let plan = try WeightPlan(WeightRequest([.init(path)]), for: Self.middle)
    #expect(
      Set(plan.left) == [
        "s1.conv1.weight", "s1.layer1.0.conv1.weight", "fc.weight", "fc.bias", "fusion2.gate.weight",
      ])
    #expect(
      plan.lines.contains { $0.contains("fc.weight ([1000, 1] in the file, here [3, 1])") }, "\(plan.lines)")
    var request = WeightRequest([.init(path)])
    request.files[0].into = ["s1", "s2"]
    let both = try WeightPlan(request, for: Self.middle)
    #expect(
      try values(both, "s1.conv1.weight", 2) == [3, 3] && values(both, "s2.conv1.weight", 2) == [2, 2])
  }

  @Test func targetsThatAreNotThere() throws {
    let path = try single("rgb", channels: 3, value: 2)
    for (into, word) in [(["s3"], "no such part"), (["s1", "s1"], "two files")] {
      var request = WeightRequest([.init(path)])
      request.files[0].into = into
      let error = #expect(throws: InputError.self) { try WeightPlan(request, for: Self.middle) }
      #expect(error?.problem.contains(word) == true && error?.kind == .usage)
    }
  }

  /// Late fusion has no branch that the sensors share.
  @Test func lateFusionHasNoSharedPart() throws {
    let late = NetworkTensors(branches: Array(Self.middle.branches.prefix(2)), joins: [], heads: [])
    var request = WeightRequest([.init(try single("rgb", channels: 3, value: 2))])
    request.files[0].into = ["shared"]
    let error = #expect(throws: InputError.self) { try WeightPlan(request, for: late) }
    #expect(error?.description == "--into shared: the network has no such part; give one of s2, s1")
  }

  /// Radar bands go into the branch of radar, or nowhere.
  @Test func bandsOfAnotherSensorNeedATarget() throws {
    var request = WeightRequest([.init(try single("radar", channels: 2, value: 2))])
    let error = #expect(throws: InputError.self) { try WeightPlan(request, for: Self.middle) }
    #expect(error?.subject == "--into" && error?.remedy == "give --into s1", "\(error!)")
    request.files[0].into = ["s1"]
    #expect(try values(WeightPlan(request, for: Self.middle), "s1.conv1.weight", 2) == [2, 2])
    // Who names the branch of optical images gets the mean of the radar channels there.
    request.files[0].into = ["s2"]
    #expect(try values(WeightPlan(request, for: Self.middle), "s2.conv1.weight", 2) == [2, 2])
  }

  /// Of a head whose weight does not fit, the bias stays at its start too.
  @Test func headsAreTakenAsAWhole() throws {
    let path = folder.file("wide.safetensors").path
    try SafetensorsFile.write(
      [
        ("conv1.weight", [1, 13, 1, 1]), ("layer1.0.conv1.weight", [1, 1, 1, 1]),
        ("layer3.0.conv1.weight", [1, 1, 1, 1]), ("fc.weight", [3, 4]), ("fc.bias", [3]),
      ].map { TensorSource(name: $0.0, shape: $0.1) { $0.update(repeating: 1) } }, to: path)
    let plan = try WeightPlan(WeightRequest([.init(path)]), for: Self.middle)
    #expect(plan.left.contains("fc.weight") && plan.left.contains("fc.bias"))
    #expect(plan.lines.contains("left at its start: fc.bias (as fc.weight)"), "\(plan.lines)")
    #expect(!plan.lines.contains { $0.hasPrefix("not used") })
  }

  @Test func filesWithoutWeightsSaySo() throws {
    let path = folder.file("none.safetensors").path
    try SafetensorsFile.write([], to: path)
    let error = #expect(throws: InputError.self) {
      try WeightPlan(WeightRequest([.init(path)]), for: Self.middle)
    }
    #expect(error?.problem == "has no weights" && error?.remedy?.contains("state_dict") == true)
  }

  @Test func whatDoesNotFitIsAnErrorUnlessPartial() throws {
    var request = WeightRequest([
      .init(try single("rgb", channels: 3, value: 2, left: "layer3.0.conv1.weight"))
    ])
    var said: [String] = []
    let error = #expect(throws: InputError.self) {
      try WeightPlan(request, for: Self.middle) { said.append($0) }
    }
    #expect(error?.problem.contains("1 missing (layer3.0.conv1.weight)") == true)
    #expect(error?.remedy?.contains("--partial") == true && said == ["missing: layer3.0.conv1.weight"])
    request.isPartial = true
    #expect(try WeightPlan(request, for: Self.middle).left.contains("layer3.0.conv1.weight"))
  }

  /// Early fusion: each file fills the bands of its sensor, and the first fills the rest.
  @Test func filesFillBandsOfEarlyFusion() throws {
    let network = NetworkTensors(
      branches: [
        .init(
          name: "shared", prefix: "",
          tensors: [
            TensorInfo(name: "conv1.weight", shape: [1, 4, 1, 1]),
            TensorInfo(name: "layer1.0.conv1.weight", shape: [1, 1, 1, 1]),
            TensorInfo(name: "layer3.0.conv1.weight", shape: [1, 1, 1, 1]),
            TensorInfo(name: "fc.weight", shape: [3, 1]),
            TensorInfo(name: "fc.bias", shape: [3]),
          ], firstConvolution: "conv1.weight",
          channels: ["B2", "B3"].map { .init(sensor: "s2", band: $0) }
            + ["VV", "VH"].map { .init(sensor: "s1", band: $0) })
      ], joins: [], heads: ["fc.weight", "fc.bias"])
    var request = WeightRequest([
      .init(try single("optical", channels: 13, value: 2)), .init(try single("radar", channels: 2, value: 1)),
    ])
    (request.files[0].into, request.files[1].into) = (["s2"], ["s1"])
    let plan = try WeightPlan(request, for: network)
    #expect(plan.fills("conv1.weight") && plan.left.isEmpty)
    #expect(
      try values(plan, "conv1.weight", 4) == [2, 2, 1, 1] && values(plan, "layer1.0.conv1.weight", 1) == [2])
    request.files.removeLast()
    let alone = try WeightPlan(request, for: network)
    #expect(!alone.fills("conv1.weight"))
    #expect(try values(alone, "conv1.weight", 4) == [2, 2, -1, -1])
  }
}
