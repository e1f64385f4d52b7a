import Basics

extension CUDADevice {
  /// Opens a GPU with the libraries that the environment leads to.
  /// - Parameter number: number of the GPU among those that the process sees; nil for the first that can be opened.
  /// - Throws: `InputError` (environment) when a library is missing or the GPU cannot be used; of several GPUs, the
  ///   reason of the first.
  package static func open(_ number: Int?, _ environment: [String: String]) throws -> CUDADevice {
    let libraries = try CUDALibraries.load(environment)
    let cache = CubinCache(environment)
    if let number { return try CUDADevice(number: number, libraries, cache: cache) }
    do { return try CUDADevice(number: 0, libraries, cache: cache) } catch {
      for number in 1..<max(try GPUFacts.count(libraries.driver), 1) {
        if let device = try? CUDADevice(number: number, libraries, cache: cache) { return device }
      }
      throw error
    }
  }

  /// Whether NVIDIA's driver shows a GPU to this process; nil where no driver can be loaded.
  package static func isVisible(_ environment: [String: String]) -> Bool? {
    guard let driver = CUDASurvey.driver(environment).library else { return nil }
    // A driver that fails to start has something to drive.
    return (try? GPUFacts.count(driver)).map { $0 > 0 } ?? true
  }
}
