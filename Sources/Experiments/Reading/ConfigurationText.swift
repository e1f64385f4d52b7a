import YAML

/// Texts of configurations: files, and values on the command line.
enum ConfigurationText {
  /// All keys with their explanations have 7 KB.
  static let reader = YAMLReader(
    .usage, subject: "the configuration", byteLimit: 256 << 10, separatorLimit: 8 << 10, openingLimit: 128,
    remedy: "name a configuration such as configs/middle.yaml")
}
