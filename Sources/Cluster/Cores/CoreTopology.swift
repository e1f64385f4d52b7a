import Basics
import Foundation

/// Which cores share hardware.
enum CoreTopology {
  /// Cores in the order of socket and physical core. Neighbours in this order share hardware, so a rank on neighbouring
  /// cores shares little hardware with other ranks.
  static func ordered(_ cores: [Int], root: String = "/sys/devices/system/cpu") -> [Int] {
    let places = cores.map { core in
      let folder = "\(root)/cpu\(core)/topology"
      return (number("\(folder)/physical_package_id"), number("\(folder)/core_id"), core)
    }
    return places.sorted { $0 < $1 }.map(\.2)
  }

  private static func number(_ path: String) -> Int {
    let text = try? String(contentsOfFile: path, encoding: .utf8)
    return text.flatMap {
      BoundedNumber.whole($0.trimmingCharacters(in: .whitespacesAndNewlines), in: 0...Int(Int32.max))
    } ?? 0
  }
}
