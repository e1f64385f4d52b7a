#if MPI
  import CMPI

  /// A message of a few numbers that is being sent or received. No call waits. A message that cannot be delivered stays
  /// pending.
  final class PendingMessage {
    let numbers: UnsafeMutableBufferPointer<UInt32>
    private let group: MPI_Comm
    private var request: MPI_Request?
    /// The sender of the message that was received.
    private(set) var source = 0
    private var hasFailed = false

    init(_ group: MPI_Comm, count: Int) {
      self.group = group
      numbers = .allocate(capacity: count)
      numbers.initialize(repeating: 0)
      request = fusion_MPI_REQUEST_NULL()
    }

    // MPI may still use the memory of a pending message, so only the end of the process frees that memory.

    func send(to rank: Int, _ tag: Int32) {
      hasFailed =
        MPI_Isend(
          numbers.baseAddress, bytes, fusion_MPI_BYTE(), Int32(rank), tag, group, &request) != MPI_SUCCESS
    }

    /// - Parameter rank: the sender; nil for any rank.
    func receive(from rank: Int?, _ tag: Int32) {
      hasFailed =
        MPI_Irecv(
          numbers.baseAddress, bytes, fusion_MPI_BYTE(), rank.map(Int32.init) ?? MPI_ANY_SOURCE, tag, group,
          &request) != MPI_SUCCESS
    }

    /// Whether the message has arrived, or has been sent and its memory is free again.
    var isDone: Bool {
      guard !hasFailed else { return false }
      var (flag, status): (Int32, MPI_Status) = (0, MPI_Status())
      guard request != fusion_MPI_REQUEST_NULL() else { return true }
      guard MPI_Test(&request, &flag, &status) == MPI_SUCCESS else {
        hasFailed = true
        return false
      }
      if flag != 0 { source = Int(status.MPI_SOURCE) }
      return flag != 0
    }

    func cancel() {
      guard request != fusion_MPI_REQUEST_NULL() else { return }
      MPI_Cancel(&request)
      MPI_Wait(&request, fusion_MPI_STATUS_IGNORE())
    }

    private var bytes: Int32 { Int32(numbers.count * MemoryLayout<UInt32>.stride) }
  }
#endif
