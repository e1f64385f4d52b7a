import Basics
import CGDAL

/// How pixels of another grid are made from those of a file.
package enum Resampling: String, CaseIterable, Sendable {
  case nearest, bilinear, cubic, average

  /// The name of GDAL's warper.
  fileprivate var warper: String {
    switch self {
    case .nearest: "near"
    case .bilinear: "bilinear"
    case .cubic: "cubic"
    case .average: "average"
    }
  }
}

extension SceneFile {
  /// The image on another grid. It is warped part by part when it is read; pixels outside the file are missing.
  /// - Parameter grid: a north-up grid with a georeference.
  /// - Throws: `InputError` (data) where the file has no place on the ground, or its coordinate system cannot be changed.
  package func warped(onto grid: RasterGrid, _ resampling: Resampling) throws -> SceneFile {
    precondition(grid.isNorthUp, "images are warped onto grids with north up")
    let (west, south, east, north) = grid.bounds
    var words = [
      "-of", "VRT", "-t_srs", grid.projection, "-te", "\(west)", "\(south)", "\(east)", "\(north)", "-ts",
      "\(grid.size.width)", "\(grid.size.height)", "-r", resampling.warper,
      // Each band has missing samples of its own.
      "-wo", "UNIFIED_SRC_NODATA=NO",
    ]
    // The alpha band tells the pixels outside the file.
    if alpha == nil { words.append("-dstalpha") }
    let made: Result<GDALDatasetH, WarpFailure> = GDALMessages.collect { messages in
      var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
      for word in words { list = CSLAddString(list, word) }
      defer { CSLDestroy(list) }
      let options = GDALWarpAppOptionsNew(list, nil)
      defer { GDALWarpAppOptionsFree(options) }
      var source: GDALDatasetH? = dataset
      var error: Int32 = 0
      guard let warped = GDALWarp("", nil, 1, &source, options, &error), messages.failure == nil else {
        return .failure(WarpFailure(reason: messages.failure))
      }
      return .success(warped)
    }
    switch made {
    case .success(let warped): return try SceneFile(path, warped, of: self)
    case .failure(let failure):
      throw InputError(
        .data, path, "cannot be warped (\(failure.reason ?? "unknown reason"))",
        remedy: "check its coordinate system (gdalinfo)")
    }
  }
}

private struct WarpFailure: Error {
  let reason: String?
}
