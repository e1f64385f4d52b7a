import Basics
import Foundation
import Imagery

/// All patches of a data folder by their names, for commands that look at a few of them. Their files need not be there.
package struct ListedPatches: Sendable {
  package let catalogue: Catalogue
  package let store: any PatchStore
  /// Notes for the user.
  package var notes: [String] { listing.notes }
  private let source: LabelSource
  private let listing: PatchListing

  /// - Parameter data: path of the data folder.
  /// - Throws: `InputError` (data) where patches cannot be listed.
  package init(_ manifest: Manifest, data: String, threads: Int) throws {
    try FolderArgument.require(data, "--data")
    let root = URL(filePath: data)
    source = LabelSource(manifest, in: root)
    listing = try PatchListing(manifest, in: root, threads: threads)
    catalogue = listing.catalogue(manifest)
    store = try manifest.store(of: catalogue, in: root)
  }

  /// A number for each class of the data set, of some patches; nil for a patch without any label.
  /// - Parameter size: the size of a patch.
  /// - Throws: `InputError` (data) for labels that cannot be read.
  package func labels(of patches: [Int], size: PatchSize) throws -> [[Double]?] {
    let vectors =
      try source.vectors(listing.rows, listing.ids)
      ?? source.vectors(of: patches, listing.rows, size: size, Sweep(threads: 1))
    return patches.map { vectors.isLabelled($0) ? Array(vectors[$0]) : nil }
  }
}
