import Basics
import CCUDA

/// A library that can be used, or why it cannot.
enum Loaded<Library: Sendable>: Sendable {
  typealias Parts = (library: Library, found: CUDALibraries.Found)

  case usable(Library, CUDALibraries.Found)
  case unusable(InputError)

  init(_ load: () throws(InputError) -> Parts) {
    do {
      let parts = try load()
      self = .usable(parts.library, parts.found)
    } catch {
      self = .unusable(error)
    }
  }

  /// The library.
  /// - Throws: why it cannot be used.
  func get() throws(InputError) -> Library {
    switch self {
    case .usable(let library, _): return library
    case .unusable(let fault): throw fault
    }
  }

  var library: Library? { try? get() }

  var found: CUDALibraries.Found? {
    if case .usable(_, let found) = self { found } else { nil }
  }

  var fault: InputError? {
    if case .unusable(let fault) = self { fault } else { nil }
  }
}

/// What this process can load of NVIDIA's libraries: what was found, and what is missing.
struct CUDASurvey: Sendable {
  let driver: Loaded<CUDADriver>
  let nvrtc: Loaded<NVRTC>
  let cudnn: Loaded<CUDNN>

  init(_ environment: [String: String]) {
    let search = LibrarySearch(environment)
    let driver = Self.driver(search)
    nvrtc = Loaded<NVRTC> { () throws(InputError) in try Self.loadNVRTC(search, driver.library) }
    cudnn = Loaded<CUDNN> { () throws(InputError) in try Self.loadCUDNN(search, driver.library) }
    self.driver = driver
  }

  /// The libraries that can be used.
  var found: [CUDALibraries.Found] { [driver.found, nvrtc.found, cudnn.found].compactMap { $0 } }

  /// One error for each library that is missing, cannot be loaded, or has an unsuitable version.
  var faults: [InputError] { [driver.fault, nvrtc.fault, cudnn.fault].compactMap { $0 } }

  /// The driver alone.
  static func driver(_ environment: [String: String]) -> Loaded<CUDADriver> {
    driver(LibrarySearch(environment))
  }

  private static func driver(_ search: LibrarySearch) -> Loaded<CUDADriver> {
    Loaded { () throws(InputError) in try loadDriver(search) }
  }

  /// The driver of CUDA 11.0 is the oldest that has all functions.
  static func loadDriver(_ search: LibrarySearch) throws(InputError) -> Loaded<CUDADriver>.Parts {
    let needed = NeededLibrary.driver
    let opened = try needed.open(search, cuda: nil)
    var functions = fcu_driver()
    try needed.require(fcu_load_driver(opened.library, &functions), opened.path)
    let driver = CUDADriver(functions)
    guard driver.cuda.major >= 11 else {
      throw needed.tooOld(
        "for CUDA \(driver.versionText)", least: "CUDA 11.0 (driver 450)", opened.path,
        remedy: "ask the administrator for a newer driver, or compute on the CPU: --device cpu")
    }
    return (driver, .init(name: "driver", version: driver.versionText, path: opened.path))
  }

  /// NVRTC 11.1 is the oldest that gives machine code.
  static func loadNVRTC(_ search: LibrarySearch, _ driver: CUDADriver?) throws(InputError)
    -> Loaded<NVRTC>.Parts
  {
    let needed = NeededLibrary.nvrtc
    let opened = try needed.open(search, cuda: driver?.cuda.major)
    var functions = fcu_nvrtc()
    try needed.require(fcu_load_nvrtc(opened.library, &functions), opened.path)
    let nvrtc = NVRTC(functions)
    let version = nvrtc.versionText
    guard (nvrtc.version.major, nvrtc.version.minor) >= (11, 1) else {
      throw needed.tooOld(version, least: "11.1", opened.path)
    }
    try needed.requireFit(version, cuda: nvrtc.version.major, driver, opened.path)
    // NVRTC loads its second library by its bare name, which finds it only if it is loaded already or in the system's
    // folders. Where it is absent, a compilation fails.
    do {
      _ = try search.near(opened.path).open(["libnvrtc-builtins.so.\(version)"], function: "")
    } catch {
      throw InputError(.environment, error.path, error.problem, remedy: needed.remedy)
    }
    return (nvrtc, .init(name: "NVRTC", version: version, path: opened.path))
  }

  /// cuDNN 8.6 is the oldest that supports Hopper.
  static func loadCUDNN(_ search: LibrarySearch, _ driver: CUDADriver?) throws(InputError)
    -> Loaded<CUDNN>.Parts
  {
    let needed = NeededLibrary.cudnn
    let opened = try needed.open(search, cuda: driver?.cuda.major)
    var functions = fcu_cudnn()
    try needed.require(fcu_load_cudnn(opened.library, &functions), opened.path)
    let cudnn = CUDNN(functions)
    guard cudnn.version >= .init(8, 6, 0) else {
      throw needed.tooOld("\(cudnn.version)", least: "8.6", opened.path)
    }
    if let cuda = cudnn.cuda {
      try needed.requireFit("\(cudnn.version)", cuda: cuda, driver, opened.path)
      // cuDNN loads this library when it plans a convolution, by its bare name, and ends the process where it is absent.
      _ = try NeededLibrary.cublasLt(cuda: cuda).open(search.near(opened.path), cuda: nil)
    }
    return (cudnn, .init(name: "cuDNN", version: "\(cudnn.version)", path: opened.path))
  }
}
