import DataSets
import Imagery

/// The paths of a data set's files, as templates and as an example.
struct ManifestPaths {
  let manifest: Manifest

  init(_ manifest: Manifest) { self.manifest = manifest }

  /// How patches are listed: "the rows of metadata.parquet".
  var catalog: String {
    switch manifest.catalog.source {
    case .table(let files, columns: _): "the rows of \(files.joined(separator: ", "))"
    case .files(let template, match: _): "the files \(template.text)"
    case .arrays(let parts, let rows):
      "the rows of \(rows.text), where part is \(parts.joined(separator: ", "))"
    }
  }

  /// The templates of a sensor's files, each once, in the order of its bands.
  func templates(of rules: SensorRules) -> [Template] {
    switch rules.place {
    case .files(let grids):
      let sensor = rules.sensor
      var known: Set<Template> = []
      // Files of one band each come in the order in which people list bands.
      let ordered = zip(sensor.grids, grids).flatMap { grid, files in
        files.map { file in
          let band = file.bands?.first.map { grid.bands[$0.place] } ?? grid.bands[0]
          return (place: sensor.bandNames.firstIndex(of: band)!, path: file.path)
        }
      }
      return ordered.sorted { $0.place < $1.place }.map(\.path).filter { known.insert($0).inserted }
    case .array(let place, isChannelsFirst: _): return [place.file]
    }
  }

  /// The places of a sensor's samples, as texts.
  func places(of rules: SensorRules) -> [String] {
    if case .array(let place, isChannelsFirst: _) = rules.place { return [place.text] }
    return templates(of: rules).map(\.text)
  }

  /// The path of a patch's labels, where each patch has a file of its own.
  var labels: Template? {
    switch manifest.labels.source {
    case .json(let path, key: _), .raster(let path, band: _, codes: _, ignore: _): path
    case .oneHot(let place), .arrayRaster(let place, codes: _, ignore: _): place.file
    case .field, .columns, .pickle: nil
    }
  }
}

extension ArrayPlace {
  /// "{part}.h5:sen1".
  var text: String { "\(file.text):\(name)" }
}
