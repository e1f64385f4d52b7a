import Basics
import CCUDA

/// The GPU for which cuDNN plans: one in use, through a stream, or a model that need not be there.
final class CUDNNHandle: @unchecked Sendable {
  let cudnn: CUDNN
  private let target: Target

  private enum Target {
    case device(fcu_cudnn_handle)
    case model(CUDNNDescriptor)
  }

  /// The descriptors that name the GPU.
  enum Place {
    case graph, advice, plan
  }

  /// - Throws: `InputError` (environment) when cuDNN does not work with the GPU and its driver.
  init(_ cudnn: CUDNN, _ stream: CUDAStream) throws {
    self.cudnn = cudnn
    try stream.context.makeCurrent()
    var handle: fcu_cudnn_handle?
    var status = cudnn.functions.cudnnCreate(&handle)
    if status == 0 { status = cudnn.functions.cudnnSetStream(handle, stream.handle) }
    guard status == 0, let handle else {
      throw InputError(
        .environment, "cuDNN \(cudnn.version)",
        "does not start on cuda:\(stream.context.number) (\(cudnn.text(of: status)))",
        remedy: "check that it fits the driver: 'fusionctl doctor'")
    }
    target = .device(handle)
  }

  /// Plans for a model of GPU can be made, and cannot run. cuDNN makes them since 9.8.
  /// - Throws: `InputError` (environment) where this cuDNN cannot do it.
  init(_ cudnn: CUDNN, for model: GPUModel) throws(InputError) {
    self.cudnn = cudnn
    do {
      let description = try CUDNNDescriptor(cudnn, FCU_DEVICE)
      try description.set(FCU_DEVICE_DESCRIPTION, text: model.description)
      target = .model(try description.finished())
    } catch {
      let reason = (error as? CUDNNRefusal)?.reason ?? "\(error)"
      throw InputError(
        .environment, "cuDNN \(cudnn.version)", "does not plan for a GPU that is not there (\(reason))",
        remedy: "use cuDNN 9.8 or newer")
    }
  }

  deinit {
    if case .device(let handle) = target { _ = cudnn.functions.cudnnDestroy(handle) }
  }

  /// The handle with which plans run.
  var handle: fcu_cudnn_handle {
    guard case .device(let handle) = target else { preconditionFailure("a plan for a model cannot run") }
    return handle
  }

  /// Names the GPU in a descriptor.
  func name(in descriptor: CUDNNDescriptor, _ place: Place) throws {
    switch (target, place) {
    case (.device(let handle), .graph): try descriptor.set(FCU_GRAPH_HANDLE, library: handle)
    case (.device(let handle), .plan): try descriptor.set(FCU_PLAN_HANDLE, library: handle)
    case (.model(let model), .advice): try descriptor.set(FCU_HEURISTICS_DEVICE, model)
    case (.model(let model), .plan): try descriptor.set(FCU_PLAN_DEVICE, model)
    case (.device, .advice), (.model, .graph): break
    }
  }
}
