import Basics
import CCUDA

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#endif

/// The places where a library of NVIDIA is looked for, in order.
///
/// 1. The folders of `FUSIONCTL_CUDA_LIBS`, separated by colons, and folders near a library that needs this one.
/// 2. The loader's own places: `LD_LIBRARY_PATH`, which modules of clusters set, and the system's folders.
/// 3. Python environments: `nvidia/*/lib` and `torch/lib` of `$VIRTUAL_ENV` and `$CONDA_PREFIX`, and `$CONDA_PREFIX/lib`.
/// 4. `/usr/local/cuda/lib64`.
struct LibrarySearch {
  private let environment: [String: String]
  /// Folders near the library that needs another one.
  private var nearFolders: [String] = []

  /// The variable with folders that are searched first.
  static let variable = "FUSIONCTL_CUDA_LIBS"

  init(_ environment: [String: String]) { self.environment = environment }

  /// The search for a library that the one at `path` needs. It looks first in the folder of that one, and in the folders of
  /// Python packages beside its own: `site-packages/nvidia/cublas/lib` for `site-packages/nvidia/cudnn/lib/libcudnn.so.9`.
  func near(_ path: String) -> LibrarySearch {
    let places = [path, URL(filePath: path).resolvingSymlinksInPath().path].map(Path.folder)
    var search = self
    search.nearFolders = places.reduce(into: []) { folders, folder in
      guard !folders.contains(folder) else { return }
      let packages = Path.folder(of: Path.folder(of: folder))
      let others =
        Path.name(of: packages) == "nvidia" ? names(in: packages).map { "\(packages)/\($0)/lib" } : []
      folders += [folder] + others.filter { $0 != folder }
    }
    return search
  }

  /// A library that was opened. It stays open until the process ends.
  struct Opened: @unchecked Sendable {
    let library: UnsafeMutableRawPointer
    /// The file that it was loaded from.
    let path: String
  }

  /// A file that exists and cannot be loaded.
  struct Fault: Error {
    let path: String
    let problem: String
  }

  /// Opens the first of some names that exists. All names are tried in one place before the next place.
  /// - Parameters:
  ///   - names: file names, the newest version first: "libcudnn.so.9".
  ///   - function: a function of the library, by which the system tells its path.
  /// - Returns: nil where there is none.
  func open(_ names: [String], function: String) throws(Fault) -> Opened? {
    for place in places(of: names) {
      var reason = [CChar](repeating: 0, count: 1024)
      if let library = fcu_open(place, &reason, reason.count) {
        var path = [CChar](repeating: 0, count: 4096)
        fcu_path_of(library, function, &path, path.count)
        return Opened(library: library, path: path[0] == 0 ? place : text(path))
      }
      // The loader names the bare name if it finds no such file, and another file if that one is the fault.
      let words = text(reason)
      guard words.hasPrefix("\(place): "), !place.contains("/") else {
        throw Fault(path: place, problem: "cannot be loaded (\(words))")
      }
    }
    return nil
  }

  /// The paths of files in all folders that have them, and the bare names for the loader.
  func places(of names: [String]) -> [String] {
    func existing(_ folders: [String]) -> [String] {
      folders.flatMap { folder in names.map { "\(folder)/\($0)" } }.filter { PathState.of($0) != .absent }
    }
    return existing(ownFolders + nearFolders) + names + existing(pythonFolders + [Self.toolkit])
  }

  private static let toolkit = "/usr/local/cuda/lib64"

  /// The folders that a user names.
  private var ownFolders: [String] {
    (environment[Self.variable] ?? "").split(separator: ":").map(String.init)
  }

  /// Names and values of the variables of Python environments that are set.
  private var pythonRoots: [(name: String, folder: String)] {
    ["VIRTUAL_ENV", "CONDA_PREFIX"].compactMap { name in
      environment[name].flatMap { $0.isEmpty ? nil : (name, $0) }
    }
  }

  private var pythonFolders: [String] {
    pythonRoots.flatMap { name, root -> [String] in
      let packages = names(in: "\(root)/lib").filter { $0.hasPrefix("python3") }.map {
        "\(root)/lib/\($0)/site-packages"
      }
      let folders = packages.flatMap { folder in
        names(in: "\(folder)/nvidia").map { "\(folder)/nvidia/\($0)/lib" } + ["\(folder)/torch/lib"]
      }
      return folders + (name == "CONDA_PREFIX" ? ["\(root)/lib"] : [])
    }
  }

  /// The names in a folder, sorted; none where it cannot be read.
  private func names(in folder: String) -> [String] {
    ((try? FileSystem.system.names(in: folder)) ?? []).sorted()
  }

  /// The places in words, for a message about a library that was not found.
  var words: String {
    let own = ownFolders.isEmpty ? [] : ["\(Self.variable) (\(ownFolders.joined(separator: ":")))"]
    let python = pythonRoots.map { "$\($0.name) (\($0.folder))" }
    return (own + nearFolders + ["LD_LIBRARY_PATH and the system's folders"] + python + [Self.toolkit])
      .joined(separator: ", ").printable
  }
}

/// The text in C's memory.
func text(_ bytes: [CChar]) -> String {
  String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
