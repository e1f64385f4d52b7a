import ArgumentParser

/// How several processes work together on one machine.
struct RankOptions: ParsableArguments {
  @Flag(
    name: .long, help: "Let the threads of several ranks share cores, which makes all of them slower.")
  var oversubscribe = false
}
