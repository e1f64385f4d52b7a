import Basics

#if MPI
  import CMPI
  import Foundation

  /// The state that all communicators of a process share.
  final class MPIProcess: Sendable {
    let rank: Int
    let size: Int
    let hosts: [String]
    /// Whether several threads may communicate at the same time.
    let isThreaded: Bool
    /// nil for a process that works alone.
    let watchdog: Watchdog?

    init(rank: Int, hosts: [String], isThreaded: Bool, watchdog: Watchdog?) {
      self.rank = rank
      size = hosts.count
      self.hosts = hosts
      self.isThreaded = isThreaded
      self.watchdog = watchdog
    }

    /// Ends all ranks.
    func end(_ status: Int32) -> Never {
      guard isThreaded, let watchdog else { MPIProcess.force(status) }
      watchdog.end(status)
    }

    /// Ends all ranks at once, without waiting for their answers.
    @Sendable static func force(_ status: Int32) -> Never {
      _ = Deadline(seconds: 5, status: status, line: nil)
      MPI_Abort(fusion_MPI_COMM_WORLD(), status)
      _exit(status)
    }

    /// Ends all ranks when `code` says that a call failed.
    func require(_ code: Int32, _ name: StaticString) {
      guard code != MPI_SUCCESS else { return }
      var text = [CChar](repeating: 0, count: Int(MPI_MAX_ERROR_STRING) + 1)
      var length: Int32 = 0
      MPI_Error_string(code, &text, &length)
      let reason = String(decoding: text.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
      ErrorLine.write("rank \(rank) on \(hosts[rank]): '\(name)' failed: \(reason)")
      end(ExitStatus.rankLost)
    }
  }

  /// Ranks that communicate over MPI.
  final class MPICommunicator: Communicator, @unchecked Sendable {
    private let process: MPIProcess
    private let group: MPI_Comm
    private let clock = CollectiveClock()

    /// Counts are 32 bits wide, so larger exchanges go in slices of this many elements.
    private static let slice = 1 << 28

    /// - Parameter group: an MPI communicator that only this object uses.
    init(_ process: MPIProcess, _ group: MPI_Comm) {
      self.process = process
      self.group = group
      process.watchdog?.watch(clock)
    }

    var rank: Int { process.rank }
    var size: Int { process.size }

    func broadcast(_ bytes: UnsafeMutableRawBufferPointer, _ name: StaticString) {
      clock.time(name) { broadcast(bytes, from: 0, name) }
    }

    func sum(_ values: UnsafeMutableBufferPointer<Float>, _ name: StaticString) {
      sum(values, fusion_MPI_FLOAT(), name)
    }

    func sum(_ values: UnsafeMutableBufferPointer<Double>, _ name: StaticString) {
      sum(values, fusion_MPI_DOUBLE(), name)
    }

    func gather(_ bytes: [UInt8], _ name: StaticString) -> [[UInt8]] {
      clock.time(name) {
        var own = Int64(bytes.count)
        var counts = [Int64](repeating: 0, count: size)
        process.require(
          MPI_Allgather(&own, 1, fusion_MPI_INT64(), &counts, 1, fusion_MPI_INT64(), group), name)
        return counts.reduce(0, +) <= Int64(Int32.max)
          ? gatherAtOnce(bytes, counts.map(Int.init), name) : gatherInTurn(bytes, counts.map(Int.init), name)
      }
    }

    func barrier(_ name: StaticString) { clock.time(name) { process.require(MPI_Barrier(group), name) } }

    func forAnotherThread() -> (any Communicator)? {
      guard process.isThreaded else { return nil }
      var copy: MPI_Comm?
      clock.time("a communicator for a thread") {
        process.require(MPI_Comm_dup(group, &copy), "a communicator for a thread")
      }
      return MPICommunicator(process, copy!)
    }

    func abort(status: Int32) -> Never { process.end(status) }

    private func sum<Value>(
      _ values: UnsafeMutableBufferPointer<Value>, _ type: MPI_Datatype, _ name: StaticString
    ) {
      clock.time(name) {
        for start in stride(from: 0, to: values.count, by: Self.slice) {
          let count = Int32(min(Self.slice, values.count - start))
          process.require(
            MPI_Allreduce(
              fusion_MPI_IN_PLACE(), values.baseAddress! + start, count, type, fusion_MPI_SUM(), group), name)
        }
      }
    }

    private func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int, _ name: StaticString) {
      for start in stride(from: 0, to: bytes.count, by: Self.slice) {
        let count = Int32(min(Self.slice, bytes.count - start))
        process.require(
          MPI_Bcast(bytes.baseAddress! + start, count, fusion_MPI_BYTE(), Int32(root), group), name)
      }
    }

    private func gatherAtOnce(_ bytes: [UInt8], _ counts: [Int], _ name: StaticString) -> [[UInt8]] {
      var starts = [0]
      for count in counts { starts.append(starts.last! + count) }
      var all = [UInt8](repeating: 0, count: starts.last!)
      process.require(
        MPI_Allgatherv(
          bytes, Int32(bytes.count), fusion_MPI_BYTE(), &all, counts.map(Int32.init),
          starts.dropLast().map(Int32.init), fusion_MPI_BYTE(), group), name)
      return zip(starts, counts).map { Array(all[$0..<$0 + $1]) }
    }

    /// Gathers more bytes than 32 bits can count, from one rank after the other.
    private func gatherInTurn(_ bytes: [UInt8], _ counts: [Int], _ name: StaticString) -> [[UInt8]] {
      counts.indices.map { root in
        var part = root == rank ? bytes : [UInt8](repeating: 0, count: counts[root])
        part.withUnsafeMutableBytes { broadcast($0, from: root, name) }
        return part
      }
    }
  }
#endif
