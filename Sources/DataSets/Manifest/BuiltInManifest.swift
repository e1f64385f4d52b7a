import Basics

extension Manifest {
  /// The names of the data sets that are built in, in the order in which they are listed.
  package static let builtInNames = texts.map(\.name)

  /// A data set that is built in.
  /// - Throws: `InputError` (usage) for a name that no built-in data set has.
  package static func builtIn(named name: String) throws -> Manifest {
    guard let text = texts.first(where: { $0.name == name })?.text else {
      throw InputError(
        .usage, shownName(name), "is no built-in data set",
        remedy: (ManifestValue.meant(name, builtInNames).map { "\($0) " } ?? "")
          + "built in are \(builtInNames.joined(separator: ", "))")
    }
    return try Manifest(text: text(), source: name)
  }

  private static let texts: [(name: String, text: @Sendable () -> String)] = [
    ("sen12ms", { decoded(PackageResources.sen12ms_yaml) }),
    ("sen12ms-landuse", { decoded(PackageResources.sen12ms_landuse_yaml) }),
    ("sen12ms-cr", { decoded(PackageResources.sen12ms_cr_yaml) }),
    ("dfc2020", { decoded(PackageResources.dfc2020_yaml) }),
    ("bigearthnet-v1", { decoded(PackageResources.bigearthnet_v1_yaml) }),
    ("bigearthnet-v2", { decoded(PackageResources.bigearthnet_v2_yaml) }),
    ("eurosat-rgb", { decoded(PackageResources.eurosat_rgb_yaml) }),
    ("eurosat-ms", { decoded(PackageResources.eurosat_ms_yaml) }),
    ("eurosat-s1s2", { decoded(PackageResources.eurosat_s1s2_yaml) }),
    ("so2sat", { decoded(PackageResources.so2sat_yaml) }),
    ("so2sat-v2", { decoded(PackageResources.so2sat_v2_yaml) }),
    ("so2sat-v3", { decoded(PackageResources.so2sat_v3_yaml) }),
    ("own-folder", { decoded(PackageResources.own_folder_yaml) }),
  ]

  private static func decoded(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// The data set that the program names itself.
extension Manifest {
  /// SEN12MS with its IGBP land-cover labels.
  package static let sen12ms: Manifest = {
    do {
      return try builtIn(named: "sen12ms")
    } catch {
      preconditionFailure("built-in manifests can be read: \(error)")
    }
  }()
}
