import Experiments
import Imagery

/// Patches that are counted together: a split or, without lists, a season or all.
package struct DataSetPart: Sendable {
  /// Number of patches with a fault, and the first of them.
  package struct Count: Sendable, Equatable {
    package let patches: Int
    /// The first in the order of the part, as the name of a file or of a patch; nil where there is none.
    package let first: String?

    init(_ patches: Int, first: String?) { (self.patches, self.first) = (patches, first) }

    /// - Parameter name: the name of a patch.
    init<Patch>(_ patches: [Patch], _ name: (Patch) -> String) {
      (self.patches, first) = (patches.count, patches.first.map(name))
    }
  }

  /// Faults in the samples of one input. They are known only where all files were read.
  package struct Samples: Sendable, Equatable {
    /// Patches with missing samples.
    package let missing: Count
    /// Patches whose file cannot be read.
    package let unreadable: Count
  }

  /// What the labels of the patches show.
  package struct Classes: Sendable, Equatable {
    /// Number of patches that show each class of the scheme.
    package let support: [Int]
    /// Patches without a label.
    package let unlabelled: Count
    /// Patches that have a label and show none of the classes.
    package let without: Count

    /// - Parameters:
    ///   - experiment: decides the class scheme and the type of the labels.
    ///   - label: the numbers of the data set's classes; nil for a patch without label.
    ///   - name: the name of a patch.
    init<Patch>(
      of patches: [Patch], _ experiment: Experiment, label: (Patch) -> ArraySlice<Double>?,
      name: (Patch) -> String
    ) {
      let (scheme, type) = (experiment.classScheme, experiment.labelType)
      var support = [Int](repeating: 0, count: scheme.classCount)
      var (unlabelled, empty): ([Patch], [Patch]) = ([], [])
      for patch in patches {
        guard let own = label(patch) else {
          unlabelled.append(patch)
          continue
        }
        guard scheme.hasClass(own, type) else {
          empty.append(patch)
          continue
        }
        for (index, target) in scheme.target(own, type).enumerated() where target > 0 {
          support[index] += 1
        }
      }
      self.support = support
      (self.unlabelled, without) = (Count(unlabelled, name), Count(empty, name))
    }
  }

  /// "train" or "spring".
  package let name: String
  /// Number of patches.
  package let patches: Int
  /// Number of scenes or other places.
  package let places: Int
  /// Patches without a file, by the name of the kind of file.
  package let absent: [String: Count]
  /// nil where no labels are read.
  package let classes: Classes?
  /// Faults by input; empty where the samples were not checked.
  package internal(set) var samples: [Channels: Samples] = [:]

  init(_ name: String, patches: Int, places: Int, absent: [String: Count], classes: Classes?) {
    (self.name, self.patches, self.places) = (name, patches, places)
    (self.absent, self.classes) = (absent, classes)
  }

  /// Whether only a test needs the part.
  var isTest: Bool { name == Split.test.rawValue }
}
