import Basics

#if MPI
  import CMPI
  import Foundation

  /// MPI from `MPI_Init` to `MPI_Finalize`.
  final class MPIWorld: RankMembers {
    private let process: MPIProcess
    private let main: MPICommunicator

    /// Seconds that a launcher may take to start all processes.
    private static let patience = 300.0

    /// Starts MPI and connects to the other processes.
    static func start() -> MPIWorld {
      var provided: Int32 = 0
      let wanted = Int32(MPI_THREAD_MULTIPLE)
      Deadline.run("MPI_Init", seconds: patience) { _ = MPI_Init_thread(nil, nil, wanted, &provided) }
      // Calls return errors instead of ending the process, so that messages can name the purpose of the call.
      MPI_Comm_set_errhandler(fusion_MPI_COMM_WORLD(), fusion_MPI_ERRORS_RETURN())
      var rank: Int32 = 0
      MPI_Comm_rank(fusion_MPI_COMM_WORLD(), &rank)
      return Deadline.run("meeting the other ranks", seconds: patience) {
        MPIWorld(rank: Int(rank), isThreaded: provided >= wanted)
      }
    }

    private init(rank: Int, isThreaded: Bool) {
      // Copies of the group inherit the handler of errors.
      func copy() -> MPI_Comm {
        var copy: MPI_Comm?
        guard MPI_Comm_dup(fusion_MPI_COMM_WORLD(), &copy) == MPI_SUCCESS, let copy else {
          ErrorLine.write("rank \(rank) on \(HostName.current): MPI_Comm_dup failed")
          MPIProcess.force(1)
        }
        return copy
      }
      let (group, ring) = (copy(), copy())
      var size: Int32 = 0
      MPI_Comm_size(group, &size)
      let unwatched = MPIProcess(
        rank: rank, hosts: Array(repeating: HostName.current, count: Int(size)), isThreaded: false,
        watchdog: nil)
      let hosts = MPICommunicator(unwatched, group).gather(Array(HostName.current.utf8), "names of the hosts")
        .map { String(decoding: $0, as: UTF8.self) }
      let line = isThreaded && size > 1 ? MPIWatchdogLine(ring, rank: rank, size: Int(size)) : nil
      process = MPIProcess(
        rank: rank, hosts: hosts, isThreaded: isThreaded,
        watchdog: size > 1
          ? Watchdog(rank: rank, hosts: hosts, line: line, force: MPIProcess.force) : nil)
      main = MPICommunicator(process, group)
    }

    var communicator: any Communicator { main }
    var hosts: [String] { process.hosts }

    func watch(_ timeouts: Timeouts) { process.watchdog?.set(timeouts) }

    func leave() {
      if process.size > 1 { main.barrier("the end of the run") }
      process.watchdog?.close()
      Deadline.run("MPI_Finalize", seconds: 60) { _ = MPI_Finalize() }
    }
  }
#endif

/// The MPI library of the program.
package enum MPILibrary {
  /// Its name and version, "Open MPI v4.1.4"; nil in a build without MPI. Starts nothing.
  package static var version: String? {
    #if MPI
      var text = [CChar](repeating: 0, count: Int(MPI_MAX_LIBRARY_VERSION_STRING) + 1)
      var length: Int32 = 0
      guard MPI_Get_library_version(&text, &length) == MPI_SUCCESS else { return "MPI" }
      let whole = String(decoding: text.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
      return whole.split(separator: ",").first.map(String.init) ?? whole
    #else
      return nil
    #endif
  }
}
