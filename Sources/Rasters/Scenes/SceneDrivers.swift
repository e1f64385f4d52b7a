import CGDAL

/// GDAL as scenes and maps need it: more drivers than patches need, and no network.
///
/// Drivers count for the whole process, so only a command that reads scenes asks for these.
enum SceneDrivers {
  /// Bytes of decoded blocks that GDAL keeps.
  private static let cacheBytes: Int64 = 256 << 20

  /// The formats of scenes, by GDAL's names of their drivers.
  static let formats = ["GTiff", "JP2OpenJPEG", "VRT"]

  /// The driver that writes maps block by block.
  static var geoTIFF: GDALDriverH { driver("GTiff") }
  /// The driver that turns such a file into a Cloud-Optimised GeoTIFF.
  static var cloudOptimised: GDALDriverH { driver("COG") }

  /// Registers the drivers, on the first call.
  static func require() { _ = once }

  private static let once: Void = {
    GDALDrivers.require(.geoTIFF)
    GDALRegister_JP2OpenJPEG()
    GDALRegister_VRT()
    GDALRegister_COG()
    // Copies of a map's overviews lie in memory files of this driver.
    GDALRegister_MEM()
    for (name, value) in options { CPLSetConfigOption(name, value) }
    GDALSetCacheMax64(cacheBytes)
    OSRSetPROJEnableNetwork(0)
  }()

  /// Options that differ from those for patches.
  private static let options = [
    // Parts of a scene are read through GDAL's cache: a scene does not fit into memory.
    ("GTIFF_VIRTUAL_MEM_IO", "NO"),
    // A folder of scenes may be large, and only named files are read.
    ("GDAL_DISABLE_READDIR_ON_OPEN", "EMPTY_DIR"),
    // A virtual raster may not run code, and no file of this name can be fetched.
    ("GDAL_VRT_ENABLE_PYTHON", "NO"), ("CPL_VSIL_CURL_ALLOWED_FILENAME", "/none"),
  ]

  private static func driver(_ name: String) -> GDALDriverH {
    require()
    guard let driver = GDALGetDriverByName(name) else {
      preconditionFailure("GDAL was built without its driver \(name)")
    }
    return driver
  }
}
