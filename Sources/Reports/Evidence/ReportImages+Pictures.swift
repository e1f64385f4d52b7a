import Basics
import Experiments
import Imagery
import Pictures
import Presentation
import Training

extension ReportImages {
  /// Pixels of the longer side of a picture: at most 60 kB as PNG.
  private static let side = 128

  private static let kinds: Set<PatchPicture.Kind> = [.trueColour, .radar, .labelMap]

  /// The pictures of some patches: true colour, radar, label map. A patch whose files cannot be read has none.
  /// - Returns: and why there are none at all, as a sentence; nil where there are some.
  /// - Throws: `InputError` (data) where no file shows the size of the patches.
  static func pictures(
    of ids: [String], _ numbers: [String: Int], _ found: PatchSelection, _ experiment: Experiment,
    data: String,
    _ progress: ProgressReporter
  ) throws -> (pictures: [String: [(title: String, png: [UInt8])]], problem: String?) {
    let known = ids.compactMap { id in numbers[id].map { (id: id, patch: $0) } }
    guard let first = known.first else { return ([:], "The data folder has none of the patches.") }
    let size = try HeaderSample(
      of: [first.patch], found.catalogue, sensors: experiment.sensors, in: found.store, Sweep(threads: 1)
    ).size
    let maker = PatchPictures(experiment, found.catalogue, found.store, size: size, data: data)
    var pictures: [String: [(title: String, png: [UInt8])]] = [:]
    var problem: InputError?
    progress.during("making pictures", total: known.count, summary: false) { report in
      for (place, entry) in known.enumerated() {
        do {
          pictures[entry.id] = try maker.pictures(of: entry.patch, kinds, side: side).map {
            ($0.title, try $0.picture.png())
          }
        } catch let error as InputError {
          problem = problem ?? error
        } catch {
          problem = problem ?? InputError(.data, entry.id, "\(error)")
        }
        report(place + 1, known.count)
      }
    }
    return (pictures, pictures.isEmpty ? problem.map(sentence) ?? "The data folder has no images." : nil)
  }
}
