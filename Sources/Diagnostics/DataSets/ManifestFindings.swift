import Basics
import DataSets
import Experiments
import Foundation
import Imagery
import Presentation

/// Finds what would stop a training on a data set with a manifest, and what a user should know about it.
struct ManifestFindings {
  /// The data folder.
  let data: String
  let manifest: Manifest
  let found: FolderSurvey
  let parts: [DataSetPart]
  let images: PatchSizes
  let surveys: [BandSurvey]
  let experiment: Experiment
  /// The sensors whose files are counted.
  let sensors: [Sensor]

  private var ofParts: PartFindings {
    PartFindings(parts: parts, areSplits: found.splits != nil, experiment: experiment)
  }

  var all: [Finding] { lists + files + labels + sizes + values + samples }

  private var lists: [Finding] {
    let problems = found.problems.map { problem("manifest", $0) }
    let unlisted = found.unlisted.first.map { first in
      [
        Finding(
          "splits", .note,
          "\(counted(found.unlisted.count, "patch", plural: "patches")) in no split, first \(found.catalogue.id(first))"
        )
      ]
    }
    let test =
      found.splits == nil || found.splits?[.test]?.isEmpty == false
      ? [] : [Finding("splits", .note, "there are no test patches: a run can be trained, not tested")]
    return problems + found.notes.map { Finding("files", .note, $0) } + (unlisted ?? []) + test
  }

  /// An error as a finding. Paths in the data folder are cut to their place in it.
  private func problem(_ check: String, _ error: InputError) -> Finding {
    let folder = URL(filePath: data).path + "/"
    let subject =
      error.subject.hasPrefix(folder) ? String(error.subject.dropFirst(folder.count)) : error.subject
    return Finding(check, .problem, "\(subject): \(error.problem)", remedy: error.remedy)
  }

  private var files: [Finding] {
    sensors.flatMap { ofParts.absent(.init(name: $0.name, title: $0.title)) }
      + ofParts.absent(.init(name: FolderSurvey.labelFiles, title: "label"))
  }

  private var labels: [Finding] {
    let unread =
      found.labelsAreUnread
      ? [
        Finding(
          "labels", .note,
          "labels take a pass over files of all patches: classes are not counted here",
          remedy: "--nan reads all files, and counts classes too")
      ] : []
    return unread
      + ofParts.labels(
        remedy: "complete the labels, or set catalog.empty of the manifest to exclude or keep",
        isProblem: manifest.catalog.unlabelled == .error)
  }

  /// Files of another size than the manifest says.
  private var sizes: [Finding] {
    let unreadable = images.problem.map {
      [problem("files", $0)]
    }
    let wrong = images.sizes.first { $0 != (manifest.patchSize ?? images.sizes.first) }
    let size = wrong.map { wrong in
      [
        Finding(
          "files", .problem,
          "there are patches of \(wrong) pixels, expected \(manifest.patchSize ?? images.sizes[0])",
          remedy: "every patch of a data set has the same size: correct patch.size, or the files")
      ]
    }
    return (unreadable ?? []) + (size ?? [])
  }

  private var values: [Finding] {
    let damage = surveys.compactMap(\.problem).filter { $0 != images.problem }.map { problem("files", $0) }
    return damage + surveys.flatMap { BandHints($0).findings } + nodata
  }

  /// Missing samples in the patches that were looked at. The count of all patches needs a pass over them.
  private var nodata: [Finding] {
    surveys.flatMap { survey -> [Finding] in
      let used = Set(
        experiment.inputs.filter { $0.sensor.name == survey.sensor.name }.flatMap(\.bandNames))
      let bands = survey.bands.filter { $0.missing > 0 && used.contains($0.band) }
      guard let most = bands.max(by: { $0.missing < $1.missing }), !hasCounts else { return [] }
      let share = most.missing < 0.005 ? "less than 1 %" : NumberText.percent(most.missing)
      return [
        Finding(
          "values", .note,
          "\(survey.sensor.title) has missing samples: \(share) of \(most.band) in "
            + "\(counted(survey.patches, "patch", plural: "patches")); data.nan is \(experiment.nanPolicy.rawValue)",
          remedy: experiment.nanPolicy == .fail
            ? "count them with --nan; \(PartFindings.nanRemedy)" : nil)
      ]
    }
  }

  private var hasCounts: Bool { parts.contains { !$0.samples.isEmpty } }

  private var samples: [Finding] { experiment.inputs.flatMap(ofParts.samples) }
}
