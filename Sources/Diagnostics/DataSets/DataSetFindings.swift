import Basics
import Experiments
import Imagery
import Presentation
import SEN12MS

/// Finds what would stop a training on the data, and what a user should know about the data.
struct DataSetFindings {
  let parts: [DataSetPart]
  let index: FolderIndex
  /// The lists and labels; nil where only files are checked.
  let lists: DataSetLists?
  let images: ImageSample
  let experiment: Experiment
  /// The inputs of a network.
  let inputs: [Channels]
  /// Whether a configuration says which sensors are used.
  let sensorsAreChosen: Bool

  private var ofParts: PartFindings {
    PartFindings(parts: parts, areSplits: lists != nil, experiment: experiment)
  }

  var all: [Finding] {
    reach + (lists == nil ? [] : listFindings) + (lists == nil ? [] : files) + labels + samples
  }

  /// Files that cannot be reached or have other sizes.
  private var reach: [Finding] {
    let faults =
      index.faults.first.map {
        [
          Finding(
            "files", .problem,
            "\(counted(index.faults.count, "folder or file", plural: "folders or files")) cannot be reached, first "
              + "\($0.subject): \($0.problem)", remedy: $0.remedy)
        ]
      } ?? []
    let image = images.problem.map {
      [Finding("files", .problem, "\($0.subject): \($0.problem)", remedy: $0.remedy)]
    }
    let sizes =
      images.sizes.count < 2
      ? []
      : [
        Finding(
          "files", .problem,
          "images have different sizes: \(images.sizes.map(\.description).joined(separator: ", "))",
          remedy: "every patch of a data set must have the same size")
      ]
    return faults + (image ?? []) + sizes
  }

  private var listFindings: [Finding] {
    guard let lists else { return [] }
    let problems = lists.problems.map {
      Finding("lists", .problem, "\($0.subject): \($0.problem)", remedy: $0.remedy)
    }
    let leak =
      experiment.data.leakage == .fail
      ? lists.leaks.first.map {
        [
          Finding(
            "lists", .problem, "\($0); data.leakage is fail",
            remedy: "use data.validation: by_scene, or data.leakage: warn")
        ]
      } ?? [] : []
    let test =
      lists.hasTestList && lists.patches[.test]?.isEmpty == false
      ? [] : [Finding("lists", .note, "there is no test_list: a run can be trained, not tested")]
    return problems + leak + lists.notes.map { Finding("lists", .note, $0) } + test
  }

  /// Files of the sensors that the lists need.
  private var files: [Finding] {
    let needed = Set(inputs.map { FileKind($0.sensor) }).union(lists?.usesLandCover == true ? [.lc] : [])
    let unused = [FileKind.s1, .s2].filter { !needed.contains($0) && index.patches[$0]?.isEmpty != false }
    let notes = unused.filter { _ in !sensorsAreChosen }.map {
      Finding("files", .note, "there are no \($0.title) files: networks for the other sensor can be trained")
    }
    let absent = FileKind.allCases.filter(needed.contains).flatMap { ofParts.absent(.init($0)) }
    let nothing =
      needed.isEmpty
      ? [Finding("files", .problem, "there are neither Sentinel-1 nor Sentinel-2 files")] : []
    return nothing + notes + absent
  }

  private var labels: [Finding] {
    let cover =
      lists?.usesLandCover == true
      ? [
        Finding(
          "labels", .note,
          "there is no IGBP_probability_labels.pkl: labels are computed from land cover, which takes a pass over its "
            + "files; classes are not counted here")
      ] : []
    return cover + ofParts.labels(remedy: "use the label file that belongs to the lists")
  }

  private var samples: [Finding] { inputs.flatMap(ofParts.samples) }
}
