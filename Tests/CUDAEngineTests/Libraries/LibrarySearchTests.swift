import Basics
import Foundation
import SimulatedGPU
import TestSupport
import Testing

@testable import CUDAEngine

/// The places where NVIDIA's libraries are looked for.
@Suite struct LibrarySearchTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// Makes an empty file and the folders above it.
  private func make(_ path: String) throws -> String {
    let file = scratch.file(path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data().write(to: file)
    return file.path
  }

  @Test func placesComeInOrder() throws {
    let own = try make("own/libx.so.1")
    let packages = "lib/python3.11/site-packages"
    let virtual = try [
      "nvidia/cu13/lib/libx.so.2", "nvidia/cudnn/lib/libx.so.1", "torch/lib/libx.so.1",
    ].map { try make("venv/\(packages)/\($0)") }
    let conda = try make("conda/lib/libx.so.2")
    let search = LibrarySearch([
      "FUSIONCTL_CUDA_LIBS": "/nowhere:\(scratch.file("own").path)",
      "VIRTUAL_ENV": scratch.file("venv").path, "CONDA_PREFIX": scratch.file("conda").path,
    ])
    #expect(
      search.places(of: ["libx.so.2", "libx.so.1"])
        == [own, "libx.so.2", "libx.so.1"] + virtual + [conda])
  }

  /// A library that cuDNN needs lies in another Python package, also where cuDNN was found by a link.
  @Test func aLibraryIsLookedForNearAnother() throws {
    let needing = try make("packages/nvidia/cudnn/lib/libcudnn.so.9")
    let needed = try make("packages/nvidia/cublas/lib/libcublasLt.so.12")
    let link = scratch.file("libcudnn.so.9").path
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: needing)
    for path in [needing, link] {
      let places = LibrarySearch([:]).near(path).places(of: ["libcublasLt.so.12"])
      let found = try #require(places.first)
      #expect(
        URL(filePath: found).resolvingSymlinksInPath() == URL(filePath: needed).resolvingSymlinksInPath())
    }
    let beside = try make("libcublasLt.so.12")
    #expect(LibrarySearch([:]).near(link).places(of: ["libcublasLt.so.12"]).first == beside)
  }

  @Test func anAbsentLibraryIsNamedWithItsPlaces() throws {
    let needed = NeededLibrary(
      title: "a library",
      files: [
        .init(name: "libfusionctl-absent.so.2", cuda: nil),
        .init(name: "libfusionctl-absent.so.1", cuda: nil),
      ], function: "f", remedy: "install it")
    let search = LibrarySearch(["FUSIONCTL_CUDA_LIBS": "/none/a:/none/b", "VIRTUAL_ENV": "/none/v"])
    let error = try #require(throws: InputError.self) { _ = try needed.open(search, cuda: nil) }
    #expect(
      error.description
        == "a library: no libfusionctl-absent.so.2, libfusionctl-absent.so.1 was found in "
        + "FUSIONCTL_CUDA_LIBS (/none/a:/none/b), LD_LIBRARY_PATH and the system's folders, "
        + "$VIRTUAL_ENV (/none/v), /usr/local/cuda/lib64; install it")
    #expect(error.kind == .environment)
  }

  @Test func aFileThatIsNoLibraryIsNamed() throws {
    let file = scratch.file("libcuda.so.1")
    try Data("text".utf8).write(to: file)
    let error = try #require(throws: InputError.self) {
      _ = try CUDALibraries.load(["FUSIONCTL_CUDA_LIBS": scratch.path])
    }
    #expect(error.subject == file.path && error.problem.hasPrefix("cannot be loaded"), "\(error)")
  }

  /// A library of another kind has none of the functions.
  @Test(
    arguments: [
      ("libcuda.so.1", "libcudnn.so.9", "cuInit", "NVIDIA's driver"),
      ("libnvrtc.so.13", "libcudnn.so.9", "nvrtcVersion", "NVRTC"),
      ("libcudnn.so.9", "libcuda.so.1", "cudnnGetVersion", "cuDNN"),
    ])
  func aMissingFunctionIsNamed(file: String, other: String, function: String, title: String) throws {
    try SimulatedGPU.exclusive { environment in
      try FileManager.default.createSymbolicLink(
        atPath: scratch.file(file).path, withDestinationPath: "\(SimulatedGPU.folder)/\(other)")
      let folders = "\(scratch.path):\(SimulatedGPU.folder)"
      let survey = CUDASurvey(environment.merging(["FUSIONCTL_CUDA_LIBS": folders]) { $1 })
      let error = try #require(survey.faults.first)
      #expect(error.problem == "lacks the function \(function) of \(title)", "\(error)")
      #expect(error.kind == .environment && error.remedy != nil)
    }
  }
}
