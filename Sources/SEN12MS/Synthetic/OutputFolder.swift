import Basics
import Foundation

/// Makes the folders and files of a data set. Errors give the system's reason.
enum OutputFolder {
  /// Makes a folder, or accepts one that exists and is empty.
  /// - Throws: `InputError` (environment) for anything else at the path, and for a folder that cannot be
  ///   read.
  static func makeEmpty(_ path: String) throws {
    let state = PathState.of(path)
    switch state {
    case .absent: try make(path)
    case .dangling, .unreachable:
      if let error = state.error(.environment, path) { throw error }
    case .present(.file), .present(.other):
      throw InputError(
        .environment, path, "is a file, expected an empty or a new folder", remedy: "choose another folder")
    case .present(.folder):
      let names = try names(in: path)
      guard !names.isEmpty else { return }
      throw InputError(
        .environment, path,
        "expected an empty or a new folder, found \(counted(names.count, "entry", plural: "entries")): "
          + names.sorted().prefix(3).map { shownName($0) }.joined(separator: ", ")
          + (names.count > 3 ? ", …" : ""),
        remedy: "choose another folder or remove its content")
    }
  }

  /// Makes a folder and the folders above it, unless they exist.
  /// - Throws: `InputError` (environment).
  static func make(_ path: String) throws {
    guard mkdir(path, 0o777) != 0, errno != EEXIST else { return }
    guard errno == ENOENT, let slash = path.dropLast().lastIndex(of: "/"), slash != path.startIndex else {
      throw fault("the folder cannot be made", path, errno)
    }
    try make(String(path[..<slash]))
    guard mkdir(path, 0o777) != 0, errno != EEXIST else { return }
    throw fault("the folder cannot be made", path, errno)
  }

  /// Writes under a temporary name first, so that the file is complete when it appears.
  /// - Throws: `InputError` (environment).
  static func write(_ bytes: [UInt8], to path: String) throws {
    let temporary = "\(path).\(getpid()).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw fault("cannot be written", path, errno) }
    var rest = bytes[...]
    var failure: Int32 = 0
    while failure == 0, !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 { rest = rest.dropFirst(count) } else if errno != EINTR { failure = errno }
    }
    if close(descriptor) != 0, failure == 0 { failure = errno }
    if failure == 0, rename(temporary, path) != 0 { failure = errno }
    guard failure != 0 else { return }
    unlink(temporary)
    throw fault("cannot be written", path, failure)
  }

  private static func names(in path: String) throws -> [String] {
    guard let stream = opendir(path) else { throw fault("cannot be looked into", path, errno) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  private static func fault(_ problem: String, _ path: String, _ code: Int32) -> InputError {
    InputError(
      .environment, path, "\(problem) (\(SystemFault.reason(code)))", remedy: SystemFault.remedy(code))
  }
}
