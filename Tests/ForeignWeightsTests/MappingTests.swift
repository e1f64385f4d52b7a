import Basics
import Checkpoints
import ForeignWeights
import Foundation
import TestSupport
import Testing

/// Weights of other programs are mapped to the tensors of a network by their names.
struct MappingTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private static let layouts = try! Fixtures.json("networks/pth/layouts.json").layouts.array
  private static let optical = [
    "B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B9", "B10", "B11", "B12",
  ]

  /// The network that a layout maps to, of one branch, with the classifier that follows.
  private func network(_ layout: JSON, bands: [String], classes: Int = 10) throws -> NetworkTensors {
    var tensors: [TensorInfo] = []
    var first = ""
    for tensor in layout.tensors.array {
      guard let own = tensor[2].string, !own.hasSuffix("num_batches_tracked"),
        !tensors.contains(where: { $0.name == own })
      else { continue }
      var shape = Self.shape(tensor, layout)
      if shape.count == 4, own.hasPrefix("classifier") { shape = [shape[0], shape[1...].reduce(1, *)] }
      if layout.first_convolution.strings.contains(tensor[0].string!) {
        shape[1] = bands.count
        first = own
      }
      tensors.append(TensorInfo(name: own, shape: shape))
    }
    let head = ["vgg16": "classifier.6", "densenet121": "classifier"][layout.network.arch.string!] ?? "fc"
    let isThere = tensors.contains { $0.name == head + ".weight" }
    if !isThere {
      tensors += [
        TensorInfo(name: head + ".weight", shape: [classes, 8]),
        TensorInfo(name: head + ".bias", shape: [classes]),
      ]
    }
    let branch = NetworkTensors.Branch(
      name: "shared", prefix: "", tensors: tensors, firstConvolution: first,
      channels: bands.map { .init(sensor: "s2", band: $0) })
    return NetworkTensors(branches: [branch], joins: [], heads: [head + ".weight", head + ".bias"])
  }

  /// The shape of a tensor of a layout. Networks whose files are written here have a sixteenth of the channels.
  private static func shape(_ tensor: JSON, _ layout: JSON) -> [Int] {
    tensor[1].ints.map { layout.file.string == nil && $0 >= 64 ? $0 / 16 : $0 }
  }

  /// The file of a layout; one that the set lacks is written as safetensors.
  private func file(_ layout: JSON) throws -> (path: String, name: String) {
    if let name = layout.file.string { return (Fixtures.url("networks/pth/\(name)").path, name) }
    let source = layout.source.string!
    let path = folder.file("model.safetensors").path
    let firsts = layout.first_convolution.strings
    let sources = layout.tensors.array.compactMap { tensor -> TensorSource? in
      let (key, shape) = (tensor[0].string!, Self.shape(tensor, layout))
      guard !key.hasSuffix("num_batches_tracked") else { return nil }
      return TensorSource(name: key, shape: shape) { buffer in
        let fill = DeterministicFill("pth/\(source)/\(key)")
        let pixels = firsts.contains(key) ? shape[2] * shape[3] : buffer.count
        let channels = firsts.contains(key) ? shape[1] : 1
        for index in buffer.indices {
          buffer[index] = Float(4 * (fill.uniform(index / max(pixels, 1) % channels) - 0.5))
        }
      }
    }
    try SafetensorsFile.write(
      sources,
      counters: layout.tensors.array.compactMap {
        $0[0].string!.hasSuffix("num_batches_tracked") ? Counter(name: $0[0].string!, value: 7) : nil
      }, to: path)
    return (path, source)
  }

  /// Every tensor comes from the key that the layout says. Large ones are compared by one element.
  @Test(arguments: layouts.indices) func layout(_ number: Int) throws {
    let layout = Self.layouts[number]
    let (path, fileName) = try file(layout)
    let channels = layout.network.bands.int!
    let bands = channels == 13 ? Self.optical : (0..<channels).map { "X\($0)" }
    let network = try network(layout, bands: bands)
    var request = WeightRequest.File(path)
    if channels != 13 { request.bands = bands.joined(separator: ",") }
    let plan = try WeightPlan(WeightRequest([request]), for: network)
    var taken = 0
    for tensor in layout.tensors.array {
      guard let own = tensor[2].string else { continue }
      if own.hasSuffix("num_batches_tracked") {
        #expect(try plan.counter(own) == 7)
        continue
      }
      let shape = network.branches[0].tensors.first { $0.name == own }!.shape
      taken += 1
      #expect(!plan.left.contains(own) && plan.fills(own))
      guard shape.reduce(1, *) < 300_000 else { continue }
      let key =
        layout.first_convolution.strings.contains("teacher/" + tensor[0].string!) ? "" : tensor[0].string!
      let fill = DeterministicFill("pth/\(fileName)/\(key)")
      var values = [Float](repeating: 0, count: shape.reduce(1, *))
      try values.withUnsafeMutableBufferPointer { try plan.read(own, into: $0) }
      #expect(values[0] == Float(4 * (fill.uniform(0) - 0.5)), "\(own)")
    }
    #expect(taken > 20)
    let hasHead = layout.tensors.array.contains { network.heads.contains($0[2].string ?? "") }
    #expect(plan.left.isEmpty == hasHead, "\(plan.left)")
  }

  // MARK: First convolutions

  /// A network of one convolution, and a file with the kernel `[1, channels, 1, 1]` of 1, 2, 3 …
  private func plan(
    channels: Int, bands: String?, needed: [String], name: String = "conv1.weight", scheme: [String] = ["w"]
  ) throws -> (plan: WeightPlan, values: [Float]) {
    let path = folder.file("first.safetensors").path
    try SafetensorsFile.write(
      [
        TensorSource(name: name, shape: [1, channels, 1, 1]) { buffer in
          for index in buffer.indices { buffer[index] = Float(index + 1) }
        }
      ] + scheme.map { TensorSource(name: $0, shape: [1]) { $0[0] = 5 } }, to: path)
    let network = NetworkTensors(
      branches: [
        .init(
          name: "shared", prefix: "",
          tensors: [TensorInfo(name: "conv1.weight", shape: [1, needed.count, 1, 1])],
          firstConvolution: "conv1.weight", channels: needed.map { .init(sensor: "s2", band: $0) })
      ], joins: [], heads: [])
    var request = WeightRequest([.init(path)])
    request.files[0].bands = bands
    request.isPartial = true
    let plan = try WeightPlan(request, for: network)
    var values = [Float](repeating: -1, count: needed.count)
    try values.withUnsafeMutableBufferPointer { try plan.read("conv1.weight", into: $0) }
    return (plan, values)
  }

  @Test func bandsAreTakenByName() throws {
    let ten = ["B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B11", "B12"]
    #expect(try plan(channels: 13, bands: nil, needed: ten).values == [2, 3, 4, 5, 6, 7, 8, 9, 12, 13])
    #expect(try plan(channels: 13, bands: "ssl4eo-s2", needed: ["B12", "B1"]).values == [13, 1])
    #expect(try plan(channels: 10, bands: "reben-s2", needed: ten).values == [1, 2, 3, 5, 6, 7, 4, 10, 8, 9])
    #expect(try plan(channels: 9, bands: "satlas", needed: ["B2", "B3", "B4", "B8"]).values == [3, 2, 1, 7])
    #expect(try plan(channels: 2, bands: nil, needed: ["VH", "VV"]).values == [2, 1])
    #expect(try plan(channels: 3, bands: "blue,B03,r", needed: ["B4", "B3"]).values == [3, 2])
    // Files of the toolbox are known by their names.
    #expect(try plan(channels: 3, bands: nil, needed: ["B2"], name: "encoder.0.weight").values == [1])
    #expect(try plan(channels: 3, bands: nil, needed: ["B2"]).values == [3])
    #expect(
      try plan(channels: 12, bands: nil, needed: ["VV", "B12"], name: "encoder.0.weight").values == [11, 10])
  }

  /// A flat image gives the same response: the sum of the kernel stays, here 1 + 2 + 3.
  @Test func missingBandsGetTheMean() throws {
    let (plan, values) = try plan(
      channels: 3, bands: "rgb", needed: ["B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B11", "B12"])
    let scale: Float = 0.3
    #expect(values == [3, 2, 1].map { $0 * scale } + [Float](repeating: 2 * scale, count: 7))
    #expect(abs(values.reduce(0, +) - 6) < 1e-5)
    #expect(plan.lines.contains { $0.contains("B12 get the mean of all, scaled by 3/10") })
  }

  @Test func unknownInputsAreAskedFor() throws {
    for channels in [4, 10, 12] {
      let error = #expect(throws: InputError.self) {
        try plan(channels: channels, bands: nil, needed: ["B2"])
      }
      #expect(error?.remedy?.contains("--bands") == true)
    }
    let twice = #expect(throws: InputError.self) { try plan(channels: 3, bands: "B4,B03,b3", needed: ["B2"]) }
    #expect(twice?.problem == "names B3 twice")
    for bands in ["rgb", "B1,B2", "ssl4eo", "toolbox"] {
      let error = #expect(throws: InputError.self) { try plan(channels: 13, bands: bands, needed: ["B2"]) }
      #expect(error?.kind == .usage && error?.subject == "--bands \(bands)")
    }
  }

  // MARK: Names

  private func values(_ plan: WeightPlan, _ name: String, _ count: Int) throws -> [Float] {
    var values = [Float](repeating: -1, count: count)
    try values.withUnsafeMutableBufferPointer { try plan.read(name, into: $0) }
    return values
  }

  @Test func dictionariesAndPrefixesCanBeNamed() throws {
    let dino = Fixtures.url("networks/pth/dino_resnet50_s2_13bands.pth").path
    let layout = Self.layouts.first { $0.file.string?.hasPrefix("dino") == true }!
    let network = try network(layout, bands: Self.optical)
    func first(_ change: (inout WeightRequest.File) -> Void) throws -> Float {
      var file = WeightRequest.File(dino)
      change(&file)
      return try values(WeightPlan(WeightRequest([file]), for: network), "bn1.weight", 64)[0]
    }
    func expected(_ who: String) -> Float {
      let key = "\(who)/module.backbone.bn1.weight"
      return Float(4 * (DeterministicFill("pth/dino_resnet50_s2_13bands.pth/\(key)").uniform(0) - 0.5))
    }
    #expect(try first { _ in } == expected("teacher"))
    #expect(try first { $0.take = "student" } == expected("student"))
    let moco = Fixtures.url("networks/pth/moco_resnet18_s2_13bands.pth").path
    var file = WeightRequest.File(moco)
    file.prefix = "module.encoder_k."
    let small = try self.network(
      Self.layouts.first { $0.file.string?.hasPrefix("moco") == true }!, bands: Self.optical)
    let key = "pth/moco_resnet18_s2_13bands.pth/module.encoder_k.bn1.weight"
    #expect(
      try values(WeightPlan(WeightRequest([file]), for: small), "bn1.weight", 64)[0]
        == Float(4 * (DeterministicFill(key).uniform(0) - 0.5)))
    for change in [{ $0.take = "models" }, { $0.prefix = "net." }] as [(inout WeightRequest.File) -> Void] {
      #expect(throws: InputError.self) { try first(change) }
    }
  }

  @Test func twoNamesOfOneTensorMustAgree() throws {
    func path(_ second: Float) throws -> String {
      let path = folder.file("twice.safetensors").path
      try SafetensorsFile.write(
        [("conv1.weight", Float(1)), ("encoder.0.weight", second)].map { name, value in
          TensorSource(name: name, shape: [1, 3, 1, 1]) { $0.update(repeating: value) }
        }, to: path)
      return path
    }
    let network = NetworkTensors(
      branches: [
        .init(
          name: "shared", prefix: "", tensors: [TensorInfo(name: "conv1.weight", shape: [1, 3, 1, 1])],
          firstConvolution: "conv1.weight",
          channels: ["B2", "B3", "B4"].map { .init(sensor: "s2", band: $0) })
      ], joins: [], heads: [])
    _ = try WeightPlan(WeightRequest([.init(path(1))]), for: network)
    let error = #expect(throws: InputError.self) {
      try WeightPlan(WeightRequest([.init(path(2))]), for: network)
    }
    #expect(error?.problem.contains("two different tensors") == true)
  }

  @Test func prefixesAreFoundAmongManyNames() {
    let expected = ["conv1.weight", "layer1.0.conv1.weight", "layer4.1.bn2.running_mean"]
    func prefix(_ found: [String]) -> String { NamePrefix.common(to: expected, in: found) }
    #expect(prefix(expected) == "")
    #expect(prefix([]) == "" && prefix(["a", "b"]) == "")
    #expect(prefix(expected.map { "q." + $0 } + expected.prefix(2).map { "k." + $0 }) == "q.")
    #expect(prefix(expected.map { "k." + $0 } + expected.map { "encoder_q." + $0 }) == "encoder_q.")
    // One odd tensor is no prefix of a sound file.
    #expect(prefix(expected + ["ema.layer4.1.bn2.running_mean"]) == "")
    #expect(prefix((0..<200_000).map { "p\($0).layer4.1.bn2.running_mean" }).hasPrefix("p"))
  }
}
