import Basics
import Experiments
import Imagery

extension Classifier {
  /// Images of one sensor, as a caller has them.
  public struct Images: Sendable {
    /// Where the bands of a pixel are.
    public enum Layout: Sendable {
      /// `[N, H, W, bands]`: side by side, as NumPy and PIL have them.
      case channelsLast
      /// `[N, bands, H, W]`: a plane each, as PyTorch and rasterio have them.
      case channelsFirst
    }

    /// Row-major, the last dimension of `shape` fastest.
    package let samples: [Float]
    package let shape: [Int]
    package let layout: Layout

    package init(_ samples: [Float], shape: [Int], layout: Layout = .channelsLast) {
      self.samples = samples
      self.shape = shape
      self.layout = layout
    }
  }

  /// Checks the images that a caller gives.
  /// - Returns: the images in the order of `inputs`, their number and their size.
  /// - Throws: `InputError`, see `probabilities(_:)`.
  func checked(_ images: [String: Images]) throws -> (sources: [CheckedImages], count: Int, size: PatchSize) {
    let names = inputs.map(\.name)
    let known = inputs.map { "\($0.name) (\($0.bands.joined(separator: " ")))" }.joined(separator: " and ")
    if let unknown = images.keys.filter({ !names.contains($0) }).sorted().first {
      throw InputError(
        .usage, "images '\(shownName(unknown))'", "the network has no such input",
        remedy: Spelling.nearest(to: unknown, among: names).map { "did you mean '\($0)'?" }
          ?? "it sees \(known)")
    }
    if let missing = names.first(where: { images[$0] == nil }) {
      throw InputError(
        .usage, "images '\(missing)'", "there are none", remedy: "the network sees \(known)")
    }
    let sources = try zip(experiment.inputs, inputs).map { sensor, input in
      try CheckedImages(
        images[input.name]!, sensor, replacesMissing: experiment.nanPolicy.replacesMissing)
    }
    for other in sources where other.count != sources[0].count || other.size != sources[0].size {
      throw InputError(
        .usage, "images '\(other.input.name)'",
        "are \(other.text), but those of \(sources[0].input.name) are \(sources[0].text)",
        remedy: "give all sensors the same places at the same size")
    }
    if let (problem, _) = experiment.model.sizeProblem(sources[0].size) {
      throw InputError(
        .usage, "images '\(sources[0].input.name)'", problem, remedy: "give larger images")
    }
    if let onlySize, let other = sources.first(where: { $0.size != onlySize }) {
      throw InputError(
        .usage, "images '\(other.input.name)'",
        "are \(other.text), but the network takes images of \(onlySize) pixels alone",
        remedy: "cut or resample them to that size")
    }
    return (sources, sources[0].count, sources[0].size)
  }
}

/// Images whose shape fits an input, and whose samples are finite or get a value later.
struct CheckedImages: Sendable {
  /// Longest side in pixels, the limit of `data.patch_size` too.
  static let longestSide = 8192

  let input: Channels
  let count: Int
  let size: PatchSize
  private let images: Classifier.Images

  var samplesPerImage: Int { size.pixels * input.bandCount }
  var text: String { "\(counted(count, "image")) of \(size) pixels" }

  /// - Parameter replacesMissing: whether NaN and infinite samples get a value later.
  /// - Throws: `InputError`: usage for a shape that does not fit input or samples; data for a sample that is not
  ///   finite (the message names the first).
  init(_ images: Classifier.Images, _ input: Channels, replacesMissing: Bool) throws {
    self.input = input
    self.images = images
    let shape = images.shape
    let bands = input.bandCount
    let isLast = images.layout == .channelsLast
    let form = isLast ? "[N, H, W, \(bands)]" : "[N, \(bands), H, W]"
    let subject = "images '\(input.name)'"
    func problem(_ text: String, _ remedy: String) -> InputError {
      InputError(.usage, subject, text, remedy: remedy)
    }
    guard shape.count == 4 else {
      throw problem("the shape \(shape) has \(counted(shape.count, "dimension"))", "give \(form)")
    }
    let found = isLast ? shape[3] : shape[1]
    guard found == bands else {
      let other = isLast ? shape[1] : shape[3]
      throw problem(
        "the shape \(shape) has \(found) bands, expected \(bands) (\(input.bandNames.joined(separator: " ")))",
        other == bands
          ? "give layout: \(isLast ? ".channelsFirst" : ".channelsLast")" : "give \(form)")
    }
    let (height, width) = isLast ? (shape[1], shape[2]) : (shape[2], shape[3])
    guard shape[0] >= 0, (1...Self.longestSide).contains(height), (1...Self.longestSide).contains(width)
    else {
      throw problem(
        "the shape is \(shape), expected \(form) with sides of 1 to \(Self.longestSide) pixels",
        "cut larger images into tiles")
    }
    size = PatchSize(height: height, width: width)
    count = shape[0]
    let (needed, overflows) = count.multipliedReportingOverflow(by: height * width * bands)
    guard !overflows, needed == images.samples.count else {
      throw problem(
        "the shape \(shape) needs \(overflows ? "more than \(Int.max)" : "\(needed)") samples, "
          + "found \(images.samples.count)", "give all samples of \(form)")
    }
    guard !replacesMissing, let index = images.samples.firstIndex(where: { !$0.isFinite }) else { return }
    throw InputError(
      .data, subject, "sample \(index) is \(images.samples[index]) (\(place(of: index)))",
      remedy: "replace it or leave the image out; networks trained with data.nan: fill take such samples")
  }

  /// Where a sample lies, everything counted from 0.
  private func place(of index: Int) -> String {
    let inside = index % samplesPerImage
    let (band, pixel) =
      switch images.layout {
      case .channelsLast: (inside % input.bandCount, inside / input.bandCount)
      case .channelsFirst: (inside / size.pixels, inside % size.pixels)
      }
    return "image \(index / samplesPerImage), band \(input.bandNames[band]), row \(pixel / size.width), "
      + "column \(pixel % size.width)"
  }

  /// Calls `body` with each of the numbered images as `[H, W, bands]`. The pointer is valid during that call only.
  /// - Throws: `InputError` (environment) for lack of memory.
  func forEach(
    _ numbers: Range<Int>, _ body: ((number: Int, samples: UnsafePointer<Float>)) -> Void
  ) throws {
    let (pixels, bands) = (size.pixels, input.bandCount)
    let interleaved = try AlignedBuffer<Float>(count: images.layout == .channelsFirst ? samplesPerImage : 0)
    images.samples.withUnsafeBufferPointer { samples in
      for number in numbers {
        let image = samples.baseAddress! + number * samplesPerImage
        switch images.layout {
        case .channelsLast: body((number, image))
        case .channelsFirst:
          for band in 0..<bands {
            for pixel in 0..<pixels {
              interleaved.pointer[pixel * bands + band] = image[band * pixels + pixel]
            }
          }
          body((number, UnsafePointer(interleaved.pointer)))
        }
      }
    }
  }
}
