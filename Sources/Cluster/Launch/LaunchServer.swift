import Basics
import Foundation

/// The server of a launcher, through which the processes that it started find each other.
struct LaunchServer {
  /// Variables that may hold its address; each version of PMIx has its own.
  private static let names =
    ["PMIX_SERVER_URI41", "PMIX_SERVER_URI4", "PMIX_SERVER_URI3", "PMIX_SERVER_URI21"]
    + ["PMIX_SERVER_URI2", "PMIX_SERVER_URI"]

  /// The variable that names the server.
  let variable: String
  private let address: sockaddr_in

  /// - Returns: nil where the environment names no server, or names it in a form that this program does not read.
  init?(_ variables: [String: String]) {
    guard let name = Self.names.first(where: { variables[$0] != nil }), let text = variables[name] else {
      return nil
    }
    // "543621120.0;tcp4://127.0.0.1:56125"
    guard let start = text.range(of: "tcp4://") else { return nil }
    let parts = text[start.upperBound...].prefix { $0 != ";" }.split(separator: ":")
    guard parts.count == 2, let port = BoundedNumber.whole(parts[1], in: 1...65535) else { return nil }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    guard inet_pton(AF_INET, String(parts[0]), &address.sin_addr) == 1 else { return nil }
    variable = name
    self.address = address
  }

  /// Whether the server has ended. A server runs on the machine of its processes and listens at its address. Makes no
  /// connection.
  var isGone: Bool {
    let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard probe >= 0 else { return false }
    defer { close(probe) }
    // Connections of a server that has ended do not count.
    var yes: Int32 = 1
    setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    var address = address
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(probe, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    // An address that can be bound is not in use. One that is not available belongs to another machine.
    return bound == 0 || errno == EADDRNOTAVAIL
  }
}
