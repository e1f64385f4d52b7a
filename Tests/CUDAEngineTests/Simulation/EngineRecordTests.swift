import Basics
import Networks
import SimulatedGPU
import Testing

@testable import CUDAEngine

/// What a run keeps of the engines that cuDNN computes with, and what becomes of it when the run goes on.
@Suite struct EngineRecordTests {
  private static func graph(batch: Int) -> Graph {
    var graph = Graph()
    let x = graph.input("x", Shape(batch, 8, 8, 3))
    let first = graph.relu(
      graph.convolution(x, "a", channels: 4, window: Window(3, 3, stride: 2, padding: 1)))
    let second = graph.convolution(first, "b", channels: 8, window: Window(1, 1))
    graph.markOutput(graph.linear(graph.globalAveragePool(second), "fc", outputs: 2), "logits")
    return graph
  }

  private static func request(training: [Int], inference: [Int], _ choices: String? = nil) -> NetworkRequest {
    var request = NetworkRequest(of: graph(batch: 1))
    for batch in training {
      let graph = graph(batch: batch)
      request.training[batch] = .init(
        graph, [Objective(name: "loss", logits: graph.outputs["logits"]!, loss: .crossEntropy)])
    }
    for batch in inference { request.inference[batch] = graph(batch: batch) }
    request.rule = .sgd(momentum: 0, weightDecay: 0)
    request.choices = choices
    return request
  }

  /// The choices of the executor that a request gets from a new device.
  private static func choices(_ request: NetworkRequest) throws -> DeviceChoices {
    try SimulatedGPU.exclusive { environment in
      let device = try CUDADevice(
        number: 0, CUDALibraries.load(environment),
        cache: CubinCache(folder: "\(SimulatedGPU.folder)/cubins"))
      // A forecast of the memory comes before, with no choices.
      var forecast = request
      forecast.choices = nil
      _ = try device.plan(forecast)
      let executor = try device.executor(request, ranks: OneProcess())
      #expect(try device.plan(request).choices == executor.plan.choices)
      return try #require(executor.plan.choices)
    }
  }

  @Test func theTextNamesMachineAndEngines() throws {
    let choices = try Self.choices(Self.request(training: [2], inference: [2]))
    #expect(choices.change == nil)
    let record = try #require(EngineRecord(text: choices.text))
    #expect(record.machine["device"]?.contains("simulated") == true)
    #expect(record.machine["cuDNN"] == "9.10.2" && record.machine["compute capability"] == "9.0")
    #expect(record.machine.keys.contains("driver") && record.machine.keys.contains("NVRTC"))
    // Forward and weight gradient of both convolutions, and the input gradient of the second.
    #expect(record.convolutions.count == 5)
    let first = record.convolutions[0]
    #expect(first.convolution == "3×3/2, padding 1, [2, 8, 8, 3] to [2, 4, 4, 4]" && first.pass == .forward)
    #expect(first.engine.index == 2 && first.engine.knobs == [2: 0] && first.workspace > 0)
    #expect(choices.text.split(separator: "\n").count == 10 && record.text == choices.text)
  }

  /// The same request gets the same engines; engines that only the earlier part of the run needed are kept.
  @Test func theSameMachineChoosesTheSame() throws {
    let all = try Self.choices(Self.request(training: [2, 3], inference: [3])).text
    // cuDNN would advise the setting 0.
    let others = all.replacing("\"knobs\":{\"2\":0}", with: "\"knobs\":{\"2\":1}")
    #expect(all != others)
    for text in [all, others] {
      let resumed = try Self.choices(Self.request(training: [2, 3], inference: [3], text))
      #expect(resumed == DeviceChoices(text: text, change: nil))
    }
    let part = try Self.choices(Self.request(training: [3], inference: [3], others))
    #expect(part.change == nil)
    let (kept, before) = (EngineRecord(text: part.text), EngineRecord(text: others))
    #expect(kept?.convolutions.count == before?.convolutions.count)
    #expect(before!.convolutions.allSatisfy { kept!.convolutions.contains($0) })
  }

  /// Another machine, an engine that is gone, a convolution that was not there, a damaged text: new choices and a reason.
  @Test func changesAreTold() throws {
    let request = Self.request(training: [2], inference: [])
    let fresh = try Self.choices(request).text
    for (text, reason) in [
      (fresh.replacing("\"9.10.2\"", with: "\"9.8.0\""), "cuDNN is 9.10.2 and was 9.8.0"),
      (
        fresh.replacing("\"knobs\":{\"2\":0}", with: "\"knobs\":{\"2\":7}"),
        "cuDNN no longer offers the engine of a convolution 3×3/2, padding 1, [2, 8, 8, 3] to [2, 4, 4, 4] (forward, f32)"
      ), ("{", "what was chosen before cannot be read"),
    ] {
      let choices = try Self.choices(Self.request(training: [2], inference: [], text))
      #expect(choices == DeviceChoices(text: fresh, change: reason))
    }
    let more = try Self.choices(Self.request(training: [2, 3], inference: [], fresh))
    #expect(more.change?.hasPrefix("no engine was noted for a convolution ") == true, "\(more)")
    let others = fresh.replacing("\"9.10.2\"", with: "\"9.8.0\"").replacing(
      "\"knobs\":{\"2\":0}", with: "\"knobs\":{\"2\":1}")
    // Engines of another version are not taken over.
    #expect(try Self.choices(Self.request(training: [2], inference: [], others)).text == fresh)
  }
}
