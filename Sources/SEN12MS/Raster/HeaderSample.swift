import Basics
import Rasters

/// What the headers of some files tell of the others: their size, and what they declare of their samples.
///
/// One file a scene and sensor is looked at, or a few where there are few scenes.
package struct HeaderSample: Sendable {
  /// Fewest patches looked at where there are as many: a size of one alone proves nothing.
  private static let fewest = 5

  /// The size of most of the files.
  package let size: PatchSize
  /// What one should know of the files, a line for each matter.
  package let notes: [String]

  /// The first file of another size.
  private let stranger: (path: String, size: PatchSize)?

  private struct Probe {
    let patch: PatchID
    let kind: FileKind
  }

  /// What a file tells, in a form that processes exchange.
  private struct Record: BitwiseCopyable, Sendable {
    let height: Int32
    let width: Int32
    let remarks: UInt8
  }

  /// - Parameters:
  ///   - patches: not empty, those of a scene one after another.
  ///   - partners: processes that look at a part of the files each.
  /// - Throws: `InputError` (data) for the first file that is no such file.
  package init(
    of patches: [PatchID], kinds: [FileKind], in folder: DataFolder, threads: Int,
    among partners: (any SweepPartners)? = nil, progress: ProgressReport? = nil
  ) throws {
    let probes = Self.chosen(patches).flatMap { patch in kinds.map { Probe(patch: patch, kind: $0) } }
    let records = try ParallelSweep.map(
      probes, among: partners, threads: threads, progress: progress, context: GeoTIFFReader.init
    ) { probe, files in
      let facts = try files.facts(of: folder.file(probe.patch, probe.kind).path, format: probe.kind.format)
      return [
        Record(
          height: Int32(facts.size.height), width: Int32(facts.size.width), remarks: facts.remarks.rawValue)
      ]
    }.joined()
    let sizes = records.map { PatchSize(height: Int($0.height), width: Int($0.width)) }
    size = Self.mostFrequent(sizes)
    stranger = sizes.firstIndex { [size] in $0 != size }.map {
      (folder.file(probes[$0].patch, probes[$0].kind).path, sizes[$0])
    }
    notes = kinds.flatMap { kind in
      let found = zip(probes, records).filter { $0.0.kind == kind }
        .map { (name: $0.0.patch.fileName(kind), remarks: FileRemarks(rawValue: $0.1.remarks)) }
      return FileRemarks.texts(kind).compactMap { remark, text in
        found.first { $0.remarks.contains(remark) }.map { "\(text) (first \($0.name))" }
      }
    }
  }

  /// - Throws: `InputError` (data) naming the first file that has another size than most.
  package func requireOneSize() throws {
    if let stranger { throw FileFacts.otherSize(stranger.path, stranger.size, expected: size) }
  }

  /// The first patch of each scene, or more where there are few scenes.
  private static func chosen(_ patches: [PatchID]) -> [PatchID] {
    var seen: Set<SceneID> = []
    let ofScenes = patches.filter { seen.insert($0.scene).inserted }
    guard ofScenes.count < fewest, ofScenes.count < patches.count else { return ofScenes }
    let step = max(1, patches.count / fewest)
    let spread = stride(from: 0, to: patches.count, by: step).map { patches[$0] }
    return ofScenes + spread.filter { !ofScenes.contains($0) }
  }

  /// The size that occurs most often, the first one of equals.
  private static func mostFrequent(_ sizes: [PatchSize]) -> PatchSize {
    var counts: [PatchSize: Int] = [:]
    for size in sizes { counts[size, default: 0] += 1 }
    let most = counts.values.max()
    guard let size = sizes.first(where: { counts[$0] == most }) else {
      preconditionFailure("a sample has at least one file")
    }
    return size
  }
}

extension FileRemarks {
  /// What each remark says of the files of a kind.
  fileprivate static func texts(_ kind: FileKind) -> [(FileRemarks, String)] {
    let files = "\(kind.title) files"
    let unit = kind == .s1 ? "dB" : "reflectance × 10⁴"
    let order = kind.bandNames.joined(separator: ", ")
    return [
      (.unknownNames, "the band names of \(files) are not known: bands are taken by position, \(order)"),
      (
        .reordered,
        "\(files) hold their bands in another order, which their names tell: bands are taken by name"
      ),
      (.scaled, "\(files) declare a scale or an offset, which is applied: the results are taken as \(unit)"),
      (
        .otherType,
        "\(files) have another sample type than those of the data set: samples are taken as \(unit)"
      ),
    ]
  }
}
