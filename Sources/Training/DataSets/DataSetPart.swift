import SEN12MS

/// Patches that are counted together: a split or, without lists, a season.
public struct DataSetPart: Sendable {
  /// Something that is wrong with some patches, and the first of them.
  public struct Count: Sendable, Equatable {
    public let patches: Int
    /// In the order of the part; nil where there is none.
    public let first: PatchID?

    init(_ patches: [PatchID]) { (self.patches, first) = (patches.count, patches.first) }
  }

  /// What the samples of one input are like; known only where all files were looked at.
  public struct Samples: Sendable, Equatable {
    /// Patches with missing samples.
    public let missing: Count
    /// Patches whose file cannot be read.
    public let unreadable: Count
  }

  /// "train" or "spring".
  public let name: String
  public let patches: [PatchID]
  public let scenes: Int
  /// Patches without a file, by kind of file.
  public let absent: [FileKind: Count]
  /// Patches without a label; nil where no label file is looked at.
  public let unlabelled: Count?
  /// By input; empty where the samples were not looked at.
  public internal(set) var samples: [SensorInput: Samples] = [:]
  /// Patches that show each class, and those that show none; nil where no label file is looked at.
  public let support: [Int]?
  public let withoutClass: Count?

  /// - Parameters:
  ///   - table: the class fractions; nil where there is no label file.
  ///   - labels: which classes are told apart, and how.
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
