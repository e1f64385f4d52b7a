import Experiments
import Imagery
import SEN12MS

/// Patches that are counted together: a split or, without lists, a season.
package struct DataSetPart: Sendable {
  /// Number of patches with a fault, and the first of them.
  package struct Count: Sendable, Equatable {
    package let patches: Int
    /// The first patch in the order of the part; nil where there is none.
    package let first: PatchID?

    init(_ patches: [PatchID]) { (self.patches, first) = (patches.count, patches.first) }
  }

  /// Faults in the samples of one input. They are known only where all files were read.
  package struct Samples: Sendable, Equatable {
    /// Patches with missing samples.
    package let missing: Count
    /// Patches whose file cannot be read.
    package let unreadable: Count
  }

  /// "train" or "spring".
  package let name: String
  package let patches: [PatchID]
  package let scenes: Int
  /// Patches without a file, by kind of file.
  package let absent: [FileKind: Count]
  /// Patches without a label; nil where no label file is read.
  package let unlabelled: Count?
  /// Faults by input; empty where the samples were not checked.
  package internal(set) var samples: [Channels: Samples] = [:]
  /// Number of patches that show each class, and patches that show none; nil where no label file is read.
  package let support: [Int]?
  package let withoutClass: Count?

  /// - Parameters:
  ///   - table: the class fractions; nil where there is no label file.
  ///   - labels: the class scheme and the type of the labels.
  init(
    _ name: String, _ patches: [PatchID], files: FolderIndex, table: LabelTable?, _ labels: Experiment
  ) {
    self.name = name
    self.patches = patches
    scenes = Set(patches.map(\.scene)).count
    absent = Dictionary(
      uniqueKeysWithValues: FileKind.allCases.map { ($0, Count(files.absent($0, of: patches))) })
    unlabelled = table.map { Count($0.unlabelled(of: patches)) }
    let (scheme, type) = (labels.classScheme, labels.labelType)
    var (support, empty) = ([Int](repeating: 0, count: scheme.classCount), [PatchID]())
    for patch in patches {
      guard let fractions = table?[patch] else { continue }
      guard scheme.hasClass(fractions, type) else {
        empty.append(patch)
        continue
      }
      for (index, target) in scheme.target(fractions, type).enumerated() where target > 0 {
        support[index] += 1
      }
    }
    self.support = table == nil ? nil : support
    withoutClass = table == nil ? nil : Count(empty)
  }
}
