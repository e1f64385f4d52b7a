import Basics
import CCUDA

/// A library of NVIDIA as the engine looks for it.
struct NeededLibrary {
  /// Names it in messages: "cuDNN".
  let title: String
  /// Names of its file, the newest version first.
  let files: [File]
  /// A function that every version has.
  let function: String
  /// What brings the library.
  let remedy: String

  struct File {
    let name: String
    /// The major version of CUDA that the file belongs to; nil where the name does not say.
    let cuda: Int?
  }

  static let driver = NeededLibrary(
    title: "NVIDIA's driver", files: [File(name: "libcuda.so.1", cuda: nil)], function: "cuInit",
    remedy: "use a node with a GPU and its driver, or compute on the CPU: --device cpu")

  static let nvrtc = NeededLibrary(
    title: "NVRTC",
    files: [
      File(name: "libnvrtc.so.13", cuda: 13), File(name: "libnvrtc.so.12", cuda: 12),
      File(name: "libnvrtc.so.11.2", cuda: 11), File(name: "libnvrtc.so.11.1", cuda: 11),
    ], function: "nvrtcVersion",
    remedy: "load a module of CUDA (module load CUDA), install the Python package nvidia-cuda-nvrtc-cu12, or "
      + "name the library's folder in \(LibrarySearch.variable)")

  static let cudnn = NeededLibrary(
    title: "cuDNN", files: [File(name: "libcudnn.so.9", cuda: nil), File(name: "libcudnn.so.8", cuda: nil)],
    function: "cudnnGetVersion",
    remedy: "load a module of cuDNN (module load cuDNN), install the Python package nvidia-cudnn-cu12, or "
      + "name the library's folder in \(LibrarySearch.variable)")

  /// The library that cuDNN loads for matrix products.
  static func cublasLt(cuda: Int) -> NeededLibrary {
    NeededLibrary(
      title: "cuBLASLt", files: [File(name: "libcublasLt.so.\(cuda)", cuda: cuda)],
      function: "cublasLtGetVersion",
      remedy: "load a module of CUDA \(cuda) (module load CUDA), or install the Python package "
        + (cuda < 13 ? "nvidia-cublas-cu\(cuda)" : "nvidia-cublas") + ": cuDNN needs it")
  }

  /// Opens the first file that is there. Files of a newer CUDA than the driver's come last, so that one that fits is
  /// taken where there are several.
  /// - Parameter cuda: the major version of CUDA that the driver supports; nil where there is no driver.
  /// - Throws: `InputError` (environment) that names the files and places, or the file that cannot be loaded.
  func open(_ search: LibrarySearch, cuda: Int?) throws(InputError) -> LibrarySearch.Opened {
    let fitting = files.filter { $0.cuda ?? 0 <= cuda ?? .max }.map(\.name)
    let newer = files.map(\.name).filter { !fitting.contains($0) }
    do {
      for names in [fitting, newer] {
        if let opened = try search.open(names, function: function) { return opened }
      }
    } catch {
      throw InputError(.environment, error.path, error.problem, remedy: remedy)
    }
    throw InputError(
      .environment, title, "no \(files.map(\.name).joined(separator: ", ")) was found in \(search.words)",
      remedy: remedy)
  }

  /// Fails for a function that the library lacks.
  /// - Parameter missing: its name; nil where all are there.
  func require(_ missing: UnsafePointer<CChar>?, _ path: String) throws(InputError) {
    guard let missing else { return }
    throw InputError(
      .environment, path, "lacks the function \(String(cString: missing)) of \(title)", remedy: remedy)
  }

  /// The error about a version that is too old.
  /// - Parameter remedy: what helps; nil for what brings the library.
  func tooOld(_ version: String, least: String, _ path: String, remedy: String? = nil) -> InputError {
    InputError(
      .environment, path, "is \(title) \(version), but \(least) or newer is needed",
      remedy: remedy ?? self.remedy)
  }

  /// Fails for a library of a newer CUDA than the driver supports.
  func requireFit(_ version: String, cuda: Int, _ driver: CUDADriver?, _ path: String) throws(InputError) {
    guard let driver, cuda > driver.cuda.major else { return }
    throw InputError(
      .environment, path,
      "is \(title) \(version) for CUDA \(cuda), but the driver supports CUDA up to \(driver.versionText)",
      remedy: "load \(title) for CUDA \(driver.cuda.major), or ask the administrator for a newer driver")
  }
}
