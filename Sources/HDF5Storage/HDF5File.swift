import Basics
import CHDF5
import Foundation

/// An HDF5 identifier that is closed when it goes out of scope.
package struct HDF5Handle: ~Copyable {
  package let id: hid_t
  private let release: @convention(c) (hid_t) -> herr_t

  fileprivate init(id: hid_t, release: @convention(c) (hid_t) -> herr_t) {
    self.id = id
    self.release = release
  }

  deinit { _ = release(id) }
}

/// An HDF5 file that is written, over an open file. All use is inside `HDF5Library.locked`.
///
/// The library only ever sees files that it made itself; `HDF5Reader` reads them.
package final class HDF5File {
  private let driver: HDF5Driver
  private var id: hid_t = -1
  /// Whether equal contents must give equal bytes.
  private let isTimeless: Bool

  /// The file itself, as the place of the outermost groups.
  package var root: hid_t { id }

  private init(_ file: OpenFile, isTimeless: Bool = false) {
    driver = HDF5Driver(file)
    self.isTimeless = isTimeless
  }

  deinit { if id >= 0 { HDF5Library.released { H5Fclose(id) } } }

  /// Makes an HDF5 file in an empty file, after `userBlock` bytes that HDF5 leaves alone.
  package static func creating(in file: OpenFile, userBlock: Int) throws -> HDF5File {
    let result = HDF5File(file)
    let access = try result.handle(result.driver.accessList(), H5Pclose, "set up the file")
    let creation = try result.creationList()
    try result.check(H5Pset_userblock(creation.id, hsize_t(userBlock)), "set up the file")
    result.id = H5Fcreate(file.subject, fusion_H5F_ACC_TRUNC(), creation.id, access.id)
    try result.check(result.id, "create the file")
    return result
  }

  /// Makes an HDF5 file for chunks in an empty file. Equal contents give equal bytes.
  ///
  /// Pieces of at least 1,024 bytes begin at a multiple of `HDF5ChunkSet.alignment`, as file systems store pages.
  /// - Parameter chunks: the most chunks of a data set. The list of that many is one piece, which never moves.
  package static func creating(in file: OpenFile, chunks: Int) throws -> HDF5File {
    let result = HDF5File(file, isTimeless: true)
    let access = try result.handle(result.driver.accessList(), H5Pclose, "set up the file")
    try result.check(
      H5Pset_alignment(access.id, 1024, hsize_t(HDF5ChunkSet.alignment)), "set up the file")
    let creation = try result.creationList()
    // A list holds twice this number.
    try result.check(H5Pset_istore_k(creation.id, UInt32(max(32, chunks / 2 + 1))), "set up the file")
    result.id = H5Fcreate(file.subject, fusion_H5F_ACC_TRUNC(), creation.id, access.id)
    try result.check(result.id, "create the file")
    return result
  }

  /// Names keep their order, and the file has no time stamps: equal contents give equal bytes at any time.
  private func creationList() throws -> HDF5Handle {
    let list = try handle(H5Pcreate(fusion_H5P_FILE_CREATE()), H5Pclose, "set up the file")
    let order = UInt32(H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED)
    try check(H5Pset_link_creation_order(list.id, order), "set up the file")
    try check(H5Pset_obj_track_times(list.id, false), "set up the file")
    return list
  }

  /// Opens a file that this program has just written.
  package static func reopening(_ file: OpenFile) throws -> HDF5File {
    let result = HDF5File(file)
    let access = try result.handle(result.driver.accessList(), H5Pclose, "open the file again")
    result.id = H5Fopen(file.subject, fusion_H5F_ACC_RDONLY(), access.id)
    try result.check(result.id, "open the file again")
    return result
  }

  /// Writes out what HDF5 still holds and closes the file.
  package func close() throws {
    let closing = id
    id = -1
    try check(H5Fclose(closing), "close the file")
    guard isTimeless else { return }
    do {
      try HDF5FileTimes.clear(in: driver.file)
    } catch let damage as HDF5Damage {
      throw error("HDF5 did not write it as it should be: \(damage.text)")
    }
  }

  /// Throws when an HDF5 call failed, or when the file system failed meanwhile.
  func check(_ status: some SignedInteger, _ action: @autoclosure () -> String) throws {
    if let failure = driver.failure { throw failure }
    if status < 0 { throw error("HDF5 could not \(action())") }
  }

  /// An identifier that HDF5 just gave, to be closed by `release`.
  func handle(
    _ id: hid_t, _ release: @convention(c) (hid_t) -> herr_t, _ action: @autoclosure () -> String
  ) throws -> HDF5Handle {
    guard id >= 0 else {
      try check(id, action())
      preconditionFailure("a negative identifier passed the check")
    }
    return HDF5Handle(id: id, release: release)
  }

  /// The error for something that cannot be written.
  func error(_ problem: String) -> InputError { InputError(.environment, driver.file.subject, problem) }
}
