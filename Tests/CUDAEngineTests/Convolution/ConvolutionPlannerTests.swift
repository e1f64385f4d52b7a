import Basics
import Foundation
import SimulatedGPU
import Testing

@testable import CUDAEngine

/// Plans for GPUs that are not there.
@Suite struct ConvolutionPlannerTests {
  private let work = ConvolutionProblem.small.work

  /// A machine without a driver has a plan all the same, and it is the plan of the device.
  @Test func aModelIsPlannedAsTheDevice() throws {
    try SimulatedGPU.exclusive { environment in
      let planner = try ConvolutionPlanner(#require(GPUModel.named("h100")), environment)
      let plan = try planner.plan(of: work, .float32)
      #expect(planner.version == "9.10.2")
      let libraries = try CUDALibraries.load(environment)
      _ = try GPUFacts(libraries.driver, number: 0)
      let stream = try CUDAStream(on: CUDAContext(libraries.driver, number: 0))
      let own = try ConvolutionPlan(work, .float32, on: CUDNNHandle(libraries.cudnn, stream))
      #expect(plan.engine == own.engine && plan.workspace == own.workspace && plan.workspace > 0)
    }
  }

  @Test func theModelDecides() throws {
    try SimulatedGPU.exclusive { environment in
      let ampere = try ConvolutionPlanner(#require(GPUModel.named("a100")), environment)
      _ = try ampere.plan(of: work, .bfloat16)
      let volta = try ConvolutionPlanner(#require(GPUModel.named("v100")), environment)
      #expect(throws: InputError.self) { _ = try volta.plan(of: work, .bfloat16) }
    }
  }

  @Test(
    arguments: [
      (8907, "h100", "cuDNN 8.9.7", "use cuDNN 9.8 or newer"),
      (91100, "p100", "cuDNN 9.11.0", "load cuDNN 9.10.2 or older"),
      (8500, "h100", "libcudnn.so.9", "nvidia-cudnn-cu12"),
    ])
  func otherVersionsAreRefused(version: Int32, model: String, subject: String, remedy: String) throws {
    try SimulatedGPU.exclusive { environment in
      SimulatedGPU.set("simulated_set_cudnn_version", version)
      let error = try #require(throws: InputError.self) {
        _ = try ConvolutionPlanner(#require(GPUModel.named(model)), environment)
      }
      #expect(error.subject.hasSuffix(subject) && error.remedy?.contains(remedy) == true, "\(error)")
    }
  }

  @Test(arguments: GPUModel.all.map(\.name)) func aDescriptionIsJSON(name: String) throws {
    let model = try #require(GPUModel.named(name))
    let members = try #require(
      JSONSerialization.jsonObject(with: Data(model.description.utf8)) as? [String: Any])
    #expect(members["deviceName"] as? String == model.title && members.count == 23)
  }
}
