import ArgumentParser

@main
struct Fusionctl: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "fusionctl")
}
