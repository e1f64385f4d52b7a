import Basics
import CHDF5
import Foundation

/// HDF5's file driver over `OpenFile`.
///
/// HDF5 reads and writes through the descriptor that was checked or will be synced. Every call goes through `FileSystem`,
/// and the reason of a failed call is kept. A failed write is reported to HDF5 as done: the file is lost anyway, and HDF5
/// leaks memory that it cannot write. `HDF5File` asks for `failure` after each step.
final class HDF5Driver {
  private(set) var failure: (any Error)?
  let file: OpenFile
  private var end: haddr_t = 0

  init(_ file: OpenFile) { self.file = file }

  /// A property list that makes HDF5 open this file. The driver must outlive the list.
  func accessList() -> hid_t {
    let list = H5Pcreate(fusion_H5P_FILE_ACCESS())
    var reference = Unmanaged.passUnretained(self)
    guard H5Pset_driver(list, Self.identifier, &reference) >= 0,
      H5Pset_libver_bounds(list, H5F_LIBVER_V18, H5F_LIBVER_V110) >= 0,
      H5Pset_fclose_degree(list, H5F_CLOSE_STRONG) >= 0
    else {
      H5Pclose(list)
      return -1
    }
    return list
  }

  private func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
    keepingFailure { try file.write(bytes, at: offset) }
  }

  private func truncate() {
    keepingFailure { if try file.size() != Int(end) { try file.truncate(to: Int(end)) } }
  }

  private func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int) -> Bool {
    do {
      // HDF5 reads the file signature before the end of the file is set.
      let available = max(0, min(bytes.count, try file.size() - offset))
      try file.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<available]), at: offset)
      bytes[available...].initializeMemory(as: UInt8.self, repeating: 0)
      return true
    } catch {
      failure = failure ?? error
      return false
    }
  }

  private func keepingFailure(_ body: () throws -> Void) {
    do { try body() } catch { failure = failure ?? error }
  }
}

// MARK: - Callbacks

extension HDF5Driver {
  /// HDF5's record of an open file: HDF5's own fields first, then the driver's.
  private struct Handle {
    var base = H5FD_t()
    var driver: Unmanaged<HDF5Driver>
  }

  private static func driver(_ file: UnsafeRawPointer?) -> HDF5Driver {
    guard let file else { preconditionFailure("HDF5 called the file driver without a file") }
    return file.assumingMemoryBound(to: Handle.self).pointee.driver.takeUnretainedValue()
  }

  /// The driver's registration, once for the process.
  private static let identifier: hid_t = {
    var driver = fusion_H5FD_class()
    let name: StaticString = "fusionctl"
    driver.name = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
    driver.maxaddr = haddr_t(Int64.max)
    driver.fc_degree = H5F_CLOSE_STRONG
    driver.fapl_size = MemoryLayout<Unmanaged<HDF5Driver>>.size
    driver.open = { _, _, list, _ in
      guard let info = H5Pget_driver_info(list) else { return nil }
      let reference = info.load(as: Unmanaged<HDF5Driver>.self)
      let handle = UnsafeMutablePointer<Handle>.allocate(capacity: 1)
      handle.initialize(to: Handle(driver: reference.retain()))
      return UnsafeMutableRawPointer(handle).assumingMemoryBound(to: H5FD_t.self)
    }
    driver.close = { file in
      guard let file else { return -1 }
      let handle = UnsafeMutableRawPointer(file).assumingMemoryBound(to: Handle.self)
      handle.pointee.driver.release()
      handle.deallocate()
      return 0
    }
    driver.query = { _, flags in
      flags?.pointee = UInt(
        H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA_WRITE
          | H5FD_FEAT_ACCUMULATE_METADATA_READ | H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_AGGREGATE_SMALLDATA)
      return 0
    }
    driver.get_eoa = { file, _ in HDF5Driver.driver(file).end }
    driver.set_eoa = { file, _, end in
      HDF5Driver.driver(file).end = end
      return 0
    }
    driver.get_eof = { file, _ in haddr_t((try? HDF5Driver.driver(file).file.size()) ?? 0) }
    driver.read = { file, _, _, offset, count, bytes in
      let part = UnsafeMutableRawBufferPointer(start: bytes, count: count)
      return HDF5Driver.driver(file).read(into: part, at: Int(offset)) ? 0 : -1
    }
    driver.write = { file, _, _, offset, count, bytes in
      HDF5Driver.driver(file).write(UnsafeRawBufferPointer(start: bytes, count: count), at: Int(offset))
      return 0
    }
    driver.truncate = { file, _, _ in
      HDF5Driver.driver(file).truncate()
      return 0
    }
    return H5FDregister(&driver)
  }()
}
