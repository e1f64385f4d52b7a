import CCUDA
import Networks

/// Small memory that steers the steps: their numbers, the flags, the loss scale, the losses, and the segments of the optimizer.
struct CUDAControl: Sendable {
  let memory: DeviceMemory

  private static let (flags, lossScale, losses, segments) = (128, 192, 256, 1024)
  /// The most objectives: losses lie before the segments.
  private static let mostObjectives = (segments - losses) / 8

  /// Bytes of the memory for a request.
  static func bytes(_ request: NetworkRequest) -> Int {
    CUDAProgram.aligned(segments + MemoryLayout<UpdateSegment>.stride * max(request.updates.count, 1))
  }

  init(_ request: NetworkRequest, on context: CUDAContext) throws {
    precondition(request.objectives.count <= Self.mostObjectives, "there are too many objectives")
    memory = try DeviceMemory(Self.bytes(request), on: context, for: "the numbers of a step")
  }

  var step: fcu_address { memory.address }
  var flags: fcu_address { memory.address + UInt64(Self.flags) }
  var lossScale: fcu_address { memory.address + UInt64(Self.lossScale) }
  /// The field of the step's numbers that stops the optimizer.
  var skip: fcu_address { step + UInt64(MemoryLayout<StepTable>.offset(of: \.skip)!) }
  var segments: fcu_address { memory.address + UInt64(Self.segments) }
  func loss(_ number: Int) -> fcu_address { memory.address + UInt64(Self.losses + 8 * number) }

  /// The segments of the optimizer: one for each parameter with a policy, else one for all.
  static func segments(_ layout: ParameterLayout, _ policies: [UpdatePolicy]) -> [UpdateSegment] {
    guard !policies.isEmpty else {
      return [UpdateSegment(end: layout.count, rate: 1, decay: 1, isFrozen: false)]
    }
    return policies.enumerated().map { index, policy in
      let end = index + 1 < policies.count ? layout.offset(index + 1) : layout.count
      return UpdateSegment(
        end: end, rate: policy.rateFactor, decay: policy.decays ? 1 : 0, isFrozen: policy.isFrozen)
    }
  }
}
