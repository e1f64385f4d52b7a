import Basics
import Foundation
import Imagery

/// The patches that have a file in a data folder. The listings of its folders tell, and no file is opened.
package struct FolderIndex: Sendable {
  /// The patches that have a file of each kind.
  package let patches: [FileKind: Set<PatchID>]
  /// Errors about folders and files that exist but cannot be reached, in the order of their names.
  package let faults: [InputError]

  /// One folder of files: `ROIs1158_spring/s2_1`.
  private struct SceneFolder {
    let scene: SceneID
    let kind: FileKind
  }

  /// Lists a data folder. File servers answer slowly, so several folders are listed at a time.
  /// - Throws: `InputError` (data) when the folder itself cannot be read.
  package init(_ folder: DataFolder, threads: Int) throws {
    var (scenes, faults) = ([SceneFolder](), [InputError]())
    for region in try Self.names(in: folder.url.path).filter(Self.isRegion).sorted() {
      do {
        for name in try Self.names(in: folder.url.appending(path: region).path).sorted() {
          // The name of a file in the folder gives region, kind and scene at once.
          var file = "\(region)_\(name)_p0.tif"
          guard let parsed = file.withUTF8({ PatchID.parse(UnsafeRawBufferPointer($0)) }) else { continue }
          scenes.append(SceneFolder(scene: parsed.patch.scene, kind: parsed.kind))
        }
      } catch let error as InputError {
        faults.append(error)
      }
    }
    let listings = try ParallelSweep.map(scenes, threads: threads, progress: nil) {
      Self.listing($0, folder)
    }
    var patches = Dictionary(uniqueKeysWithValues: FileKind.allCases.map { ($0, Set<PatchID>()) })
    for (scene, listing) in zip(scenes, listings) {
      patches[scene.kind]?.formUnion(listing.patches)
      faults += listing.faults
    }
    self.patches = patches
    self.faults = faults
  }

  /// All patches that have a file of any kind.
  package var all: Set<PatchID> { patches.values.reduce(into: []) { $0.formUnion($1) } }

  /// The patches of a list without a file of a kind, in the order of the list.
  package func absent(_ kind: FileKind, of list: [PatchID]) -> [PatchID] {
    let present = patches[kind] ?? []
    return list.filter { !present.contains($0) }
  }

  /// Whether a folder holds patches: it contains a name such as `ROIs1158_spring`.
  package static func isDataFolder(_ path: String) -> Bool {
    (try? names(in: path))?.contains(where: isRegion) ?? false
  }

  private static func listing(
    _ place: SceneFolder, _ folder: DataFolder
  ) -> (patches: Set<PatchID>, faults: [InputError]) {
    do {
      let path = folder.url.appending(path: place.scene.folder(place.kind)).path
      let listing = try SceneListing(path, scene: place.scene, kind: place.kind)
      var (found, faults) = (listing.files, [InputError]())
      for patch in listing.others.sorted() {
        do {
          if try SceneListing.isFile(folder.file(patch, place.kind).path) { found.insert(patch) }
        } catch let error as InputError {
          faults.append(error)
        }
      }
      return (found, faults)
    } catch let error as InputError {
      return ([], [error])
    } catch {
      return ([], [InputError(.data, place.scene.folder(place.kind), "\(error)")])
    }
  }

  private static func isRegion(_ name: String) -> Bool {
    name.hasPrefix("ROIs") && PatchID("\(name)_s2_1_p0.tif") != nil
  }

  /// The names in a folder.
  /// - Throws: `InputError` (data) when it cannot be read.
  private static func names(in path: String) throws -> [String] {
    guard let folder = opendir(path) else {
      let code = errno
      throw PathState.of(path).error(.data, path) ?? FolderListing.unreadable(path, code)
    }
    closedir(folder)
    return try FileManager.default.contentsOfDirectory(atPath: path)
  }
}
