import Basics

/// The classes of the codes of label rasters.
struct CodeTable: Sendable {
  private let classes: Int
  /// The class of each code; −1 for a code that is ignored.
  private let numbers: [Int: Int]
  /// The key of the manifest that states the codes, for errors.
  private let known: String

  /// - Parameter names: the classes in order; each code's class is one of them.
  init(_ codes: [Int: String], ignore: [Int], classes names: [String]) {
    classes = names.count
    var numbers: [Int: Int] = [:]
    for (code, name) in codes {
      guard let number = names.firstIndex(of: name) else {
        preconditionFailure("the class of a code is one of the classes, but not '\(name)'")
      }
      numbers[code] = number
    }
    for code in ignore { numbers[code] = -1 }
    self.numbers = numbers
    known = numbers.keys.sorted().map(String.init).joined(separator: ", ")
  }

  /// The number of the class of a code, −1 for a code that is ignored.
  /// - Parameter source: the raster, for the error.
  /// - Throws: `InputError` (data) for a code that is not known.
  func number(of code: Int, _ source: String) throws -> Int {
    guard let number = numbers[code] else { throw stranger(code, pixels: nil, source) }
    return number
  }

  private func stranger(_ code: Int, pixels: Int?, _ source: String) -> InputError {
    InputError(
      .data, source,
      "has \(pixels.map { counted($0, "pixel") } ?? "pixels") of code \(code); labels.codes knows \(known)",
      remedy: "add the code to labels.codes or labels.ignore of the manifest")
  }

  /// The share of all pixels of each class. Ignored pixels count among all.
  /// - Parameters:
  ///   - counts: number of pixels of each code.
  ///   - source: the raster, for the error.
  /// - Throws: `InputError` (data) for a code that is not known, and a raster without pixels.
  func fractions(_ counts: [Int: Int], _ source: String) throws -> [Double] {
    let pixels = counts.values.reduce(0, +)
    guard pixels > 0 else { throw InputError(.data, source, "has no pixels") }
    var own = [Int](repeating: 0, count: classes)
    for (code, count) in counts.sorted(by: { $0.key < $1.key }) {
      guard let number = numbers[code] else { throw stranger(code, pixels: count, source) }
      if number >= 0 { own[number] += count }
    }
    return own.map { Double($0) / Double(pixels) }
  }
}
