import Testing

@testable import Basics
@testable import Experiments

@Suite struct DevicesTests {
  @Test(arguments: Devices.names) func devicesThatAreThere(_ name: String) throws {
    var experiment = Experiment()
    (experiment.device, experiment.threads) = (name, 3)
    let device = try Devices().device(for: experiment)
    #expect(device.name == "cpu" && device.threads == 3)
    #expect(try Devices(kernels: "blas").device(for: experiment).agreement.map(\.value) == ["blas"])
  }

  @Test func devicesThatAreNotThereAreNamed() throws {
    var experiment = try Experiment(yaml: "device: cuda:1")
    let error = try #require(throws: InputError.self) { try Devices().device(for: experiment) }
    #expect(
      error.kind == .usage
        && error.description == "device: is cuda:1, but this program can use the CPU alone; "
          + "choose device auto or cpu (--device cpu)"
    )
    experiment.device = "cpu"
    let kernels = try #require(throws: InputError.self) {
      try Devices(kernels: "sse").device(for: experiment)
    }
    #expect(kernels.description.hasPrefix("--kernels sse: expected auto, reference, blas or avx512"))
  }
}
