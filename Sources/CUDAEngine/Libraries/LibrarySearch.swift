import Basics
import CCUDA
import Foundation

/// The places where a library of NVIDIA is looked for, in order.
///
/// 1. The folders of `FUSIONCTL_CUDA_LIBS`, separated by colons.
/// 2. The loader's own places: `LD_LIBRARY_PATH`, which modules of clusters set, and the system's folders.
/// 3. Python environments: `nvidia/*/lib` and `torch/lib` of `$VIRTUAL_ENV` and `$CONDA_PREFIX`.
/// 4. `/usr/local/cuda/lib64`.
struct LibrarySearch {
  private let environment: [String: String]

  /// The variable with folders that are searched first.
  static let variable = "FUSIONCTL_CUDA_LIBS"

  init(_ environment: [String: String] = ProcessInfo.processInfo.environment) {
    self.environment = environment
  }

  /// A library that was opened.
  struct Opened: @unchecked Sendable {
    let library: UnsafeMutableRawPointer
    /// The path or name under which it was opened.
    let path: String
  }

  /// Opens the first of some names that exists.
  ///
  /// A name is tried in all places before the next name, so that the newest version comes first.
  /// - Parameter names: file names, the newest version first: "libcudnn.so.9".
  /// - Returns: nil where there is none.
  /// - Throws: `LibraryFault` for a file that exists and cannot be loaded.
  func open(_ names: [String]) throws(LibraryFault) -> Opened? {
    for name in names {
      for place in places(of: name) {
        var reason = [CChar](repeating: 0, count: 1024)
        if let library = fcu_open(place, &reason, reason.count) {
          return Opened(library: library, path: place)
        }
        if place.contains("/") {
          throw LibraryFault(path: place, problem: "cannot be loaded (\(text(reason)))")
        }
      }
    }
    return nil
  }

  /// The paths of a file in all folders that have it, and its bare name for the loader.
  func places(of name: String) -> [String] {
    func existing(_ folders: [String]) -> [String] {
      folders.map { "\($0)/\(name)" }.filter { FileManager.default.fileExists(atPath: $0) }
    }
    return existing(ownFolders) + [name] + existing(pythonFolders + ["/usr/local/cuda/lib64"])
  }

  /// The folders that a user names.
  private var ownFolders: [String] {
    (environment[Self.variable] ?? "").split(separator: ":").map(String.init)
  }

  private var pythonFolders: [String] {
    ["VIRTUAL_ENV", "CONDA_PREFIX"].compactMap { environment[$0] }.flatMap { root -> [String] in
      let packages = names(in: "\(root)/lib").filter { $0.hasPrefix("python3") }.map {
        "\(root)/lib/\($0)/site-packages"
      }
      return packages.flatMap { folder in
        names(in: "\(folder)/nvidia").map { "\(folder)/nvidia/\($0)/lib" } + ["\(folder)/torch/lib"]
      }
    }
  }

  private func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  /// The places in words, for a message about a library that was not found.
  var words: String {
    let own = environment[Self.variable].map { "\(Self.variable) (\($0.printable)), " } ?? ""
    return own + "LD_LIBRARY_PATH and the system, $VIRTUAL_ENV, $CONDA_PREFIX, /usr/local/cuda/lib64"
  }
}

/// A library that exists and does not serve.
struct LibraryFault: Error {
  let path: String
  let problem: String
}

/// The text in C's memory.
func text(_ bytes: [CChar]) -> String {
  String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
