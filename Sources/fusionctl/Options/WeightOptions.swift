import ArgumentParser
import Basics
import ForeignWeights

/// The options that say what is in weight files of other programs, and where it goes.
struct WeightOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "The part of the network that a file fills: the name of a sensor, or shared (what follows a fusion). May be given again; with several files, once for each, as a list with commas.",
      valueName: "part"))
  var into: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The input channels of a file: \(BandPreset.names.joined(separator: ", ")), or bands such as B4,B3,B2. Once, or once for each file.",
      valueName: "bands"))
  var bands: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The dictionary in a file that holds the weights, such as state_dict. Found by itself where it has a usual name.",
      valueName: "key"))
  var take: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "What stands before the names in a file, such as module.encoder_q. (with the dot). Found by itself.",
      valueName: "text"))
  var prefix: [String] = []

  @Flag(name: .long, help: "Take what fits; list what is missing, left over or of another shape.")
  var partial = false

  @Flag(
    name: .long, help: "Leave out objects of unknown classes in a file; without it such a file is refused.")
  var ignoreObjects = false

  /// The request for some files.
  /// - Parameters:
  ///   - flag: the flag that names the files, for messages.
  ///   - resolve: gives the path of what a user names.
  /// - Returns: nil for no files.
  /// - Throws: `InputError` (usage) for options that do not belong to the files.
  func request(
    _ files: [String], flag: String, resolve: (String) throws -> String = { $0 }
  ) throws -> WeightRequest? {
    guard !files.isEmpty else {
      let given = [("--into", into), ("--bands", bands), ("--take", take), ("--prefix", prefix)].first {
        !$1.isEmpty
      }
      if let name = given?.0 ?? (partial ? "--partial" : ignoreObjects ? "--ignore-objects" : nil) {
        throw InputError(
          .usage, name, "says something about weights, but there are none", remedy: "name them with \(flag)")
      }
      return nil
    }
    func value(_ values: [String], _ name: String, _ number: Int) throws -> String? {
      guard values.count <= 1 || values.count == files.count else {
        throw InputError(
          .usage, name, "is given \(values.count) times for \(counted(files.count, "file"))",
          remedy: "give it once, or once for each \(flag)")
      }
      return values.count == 1 ? values[0] : values.isEmpty ? nil : values[number]
    }
    func parts(_ text: String) throws -> [String] {
      let names = text.split(separator: ",").map(String.init)
      guard !names.isEmpty else {
        throw InputError(.usage, "--into '\(text)'", "names no part", remedy: "give one, such as --into s2")
      }
      return names
    }
    guard files.count == 1 || into.count == files.count else {
      throw InputError(
        .usage, "--into", "is given \(into.count) times for \(files.count) files",
        remedy: "give one --into for each \(flag), such as --into s1 --into s2,shared")
    }
    var request = WeightRequest(
      try files.enumerated().map { number, path in
        var file = WeightRequest.File(try resolve(path))
        file.into = try files.count == 1 ? into.flatMap(parts) : parts(into[number])
        file.bands = try value(bands, "--bands", number)
        file.take = try value(take, "--take", number)
        file.prefix = try value(prefix, "--prefix", number)
        return file
      })
    (request.isPartial, request.ignoresObjects) = (partial, ignoreObjects)
    return request
  }
}
