/// Why a data set of a sound file is not read; `HDF5ArrayFile` adds the file's name.
struct HDF5Refusal: Error {
  let problem, remedy: String

  init(_ problem: String, remedy: String) { (self.problem, self.remedy) = (problem, remedy) }

  /// What to do about a way of storing that h5py's default does not use.
  static let rewrite = "copy the data set with h5py in its default format"
}
