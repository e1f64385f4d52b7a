/// The lines of a predictions file: id, scene, a probability a class, predicted and true classes.
public struct PredictionLines: Sendable {
  public let task: ClassificationTask
  public let classNames: [String]

  public init(task: ClassificationTask, classNames: [String]) {
    self.task = task
    self.classNames = classNames
  }

  /// The first line, without its end. A probability's column has its class's name.
  public var header: String {
    CommaSeparated.line(["id", "scene"] + classNames + ["predicted", "truth"])
  }

  /// The line of a patch, without its end. Several classes are joined by `;`.
  /// - Parameters:
  ///   - probabilities: `[K]`, written so that they read back exactly.
  ///   - truth: `[K]`, 1 where the patch has the class.
  public func line(
    id: String, scene: String, probabilities: some Collection<Float>, truth: some Collection<Float>
  ) -> String {
    precondition(
      probabilities.count == classNames.count && truth.count == classNames.count,
      "a prediction has a probability and a target for each of \(classNames.count) classes")
    let predicted = task.predictedClasses(probabilities)
    return CommaSeparated.line(
      [id, scene] + probabilities.map(\.description) + [names(predicted), names(truth.map { $0 >= 0.5 })])
  }

  private func names(_ present: [Bool]) -> String {
    zip(classNames, present).filter(\.1).map(\.0).joined(separator: ";")
  }
}
