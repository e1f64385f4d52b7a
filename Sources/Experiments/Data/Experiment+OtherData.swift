import Basics
import DataSets
import Imagery

/// A network that was trained on one data set and sees another: everything is matched by name.
extension Experiment {
  /// The experiment on another data set, and the normalisation of the network in that data set's names.
  ///
  /// Every input takes the sensor of its name, or the one that `data.sensors` names, and its bands by name. The classes are
  /// those of a scheme of the other data set that has the same names, in the order of the network's outputs.
  /// - Throws: `InputError` (usage) where a sensor, a band, a unit or a class does not fit.
  package func moved(
    to other: Manifest, choices: InputChoices, _ normalisation: Normalisation
  ) throws -> (experiment: Experiment, normalisation: Normalisation) {
    var moved = self
    (moved.manifest, moved.data.sensors) = (other, InputChoices())
    var figures: [Normalisation.SensorFigures] = []
    for (name, trained) in zip(model.sensors, inputs) {
      let sensor = try Self.sensor(
        choices[name]?.sensor ?? DataName(trained.sensor.name), for: trained, of: other)
      let bands = try (choices[name]?.bands?.map(\.text) ?? trained.bandNames).map { band in
        guard let found = sensor.band(like: band) else {
          throw Self.refusal(
            other,
            "its sensor \(sensor.name) has no band \(band), which the network takes as \(trained.name)",
            "it has " + sensor.bandNames.joined(separator: ", "))
        }
        return found
      }
      guard bands.count == trained.bandCount else {
        throw Self.refusal(
          other,
          "data.sensors gives \(name) \(counted(bands.count, "band")), and the network takes "
            + "\(trained.bandCount) (\(trained.bandNames.joined(separator: ", ")))", "name as many")
      }
      moved.data.sensors[name] = .init(sensor: DataName(sensor.name), bands: bands.map { DataName($0) })
      let statistics = normalisation[trained]
      figures = Self.adding(
        .init(sensor: sensor.name, bandNames: bands, bands: statistics), to: figures)
    }
    moved.schemeOfNetwork = try scheme(like: classScheme, of: other)
    if labels.type == .single, other.labels.kind == .multi {
      throw Self.refusal(
        other, "its patches have several labels each, and the network was trained for a single one",
        "give a network with labels.type multi")
    }
    return (moved, try Normalisation(figures))
  }

  private static func sensor(_ name: DataName, for trained: Channels, of other: Manifest) throws -> Sensor {
    guard let sensor = other.input(named: name.text)?.sensor else {
      throw refusal(
        other, "it has no sensor '\(name)', which the network takes as \(trained.name)",
        "say which one it is: --set data.sensors.\(trained.name)=NAME with NAME of "
          + other.inputNames.joined(separator: ", "))
    }
    guard sensor.plainUnit == trained.sensor.plainUnit else {
      throw refusal(
        other, "its sensor \(sensor.name) is in \(sensor.unit), and the network takes \(trained.sensor.unit)",
        "state unit and scale in a manifest of your own, so that both agree")
    }
    return sensor
  }

  /// The scheme of another data set whose classes have the same names, with the classes in the order of `own`.
  private func scheme(like own: ClassScheme, of other: Manifest) throws -> ClassScheme {
    let names = own.classNames
    for scheme in other.schemes where Set(scheme.classNames) == Set(names) {
      let classes = names.map { name in scheme.classes.first { $0.name == name }! }
      return ClassScheme(name: scheme.name, classes: classes)
    }
    let nearest = other.schemes.min { missing(in: $0, of: names).count < missing(in: $1, of: names).count }
    let absent = nearest.map { missing(in: $0, of: names) } ?? names
    let list = absent.prefix(3).joined(separator: ", ") + (absent.count > 3 ? ", …" : "")
    throw Self.refusal(
      other,
      absent.isEmpty
        ? "its class schemes have more classes than the network (\(names.joined(separator: ", ")))"
        : "no class scheme of it has the network's classes; its nearest one lacks \(list)",
      "add a scheme with these names to a manifest of your own")
  }

  private func missing(in scheme: ClassScheme, of names: [String]) -> [String] {
    names.filter { !scheme.classNames.contains($0) }
  }

  /// Two inputs may show different bands of one sensor.
  private static func adding(
    _ new: Normalisation.SensorFigures, to figures: [Normalisation.SensorFigures]
  ) -> [Normalisation.SensorFigures] {
    guard let place = figures.firstIndex(where: { $0.sensor == new.sensor }) else { return figures + [new] }
    var (result, old) = (figures, figures[place])
    let added = new.bandNames.indices.filter { !old.bandNames.contains(new.bandNames[$0]) }
    old = .init(
      sensor: old.sensor, bandNames: old.bandNames + added.map { new.bandNames[$0] },
      bands: old.bands.adding(new.bands.taking(added)))
    result[place] = old
    return result
  }

  private static func refusal(_ other: Manifest, _ problem: String, _ remedy: String) -> InputError {
    InputError(.usage, "data set \(other.name)", problem, remedy: remedy)
  }
}
