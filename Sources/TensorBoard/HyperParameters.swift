import Protobuf

/// The settings and the results of a run, for TensorBoard's table of runs: the messages of its plugin hparams.
///
/// Readers keep the first message of a kind that a run has. A run that goes on may write them again, to no effect.
package struct HyperParameters {
  package enum Value: Equatable {
    case number(Double)
    case truth(Bool)
    case text(String)
  }

  /// The columns of settings in order. A run may lack the value of some.
  package let settings: [(name: String, value: Value?)]
  /// The columns of results: tags of scalars, whose newest values the table shows.
  package let results: [(tag: String, title: String)]

  /// The settings whose columns come first, in alphabetical order; TensorBoard shows five columns until more are ticked.
  package let first: Set<String>

  package init(
    settings: [(name: String, value: Value?)], results: [(tag: String, title: String)],
    first: Set<String> = []
  ) {
    (self.settings, self.results, self.first) = (settings, results, first)
  }

  /// How a run has ended.
  package enum Ending: Int {
    case success = 1
    case failure = 2
  }

  /// The values with which a run begins: columns of the table, and the settings of this run.
  /// - Parameters:
  ///   - name: of the run.
  ///   - time: seconds since 1970.
  package func beginning(name: String, time: Double) -> [TaggedValue] {
    [
      Self.value("experiment", Field.experiment, experiment(name: name, time: time)),
      Self.value("session_start_info", Field.start, start(time: time)),
    ]
  }

  /// The value with which a run ends.
  package static func end(_ ending: Ending, time: Double) -> TaggedValue {
    var end = Message()
    end.integer(1, ending.rawValue)
    end.double(2, time)
    return value("session_end_info", Field.end, end)
  }

  private static func value(_ name: String, _ field: Int, _ message: Message) -> TaggedValue {
    var data = Message()
    data.message(field, message)
    return .parameters("_hparams_/\(name)", data)
  }

  private func experiment(name: String, time: Double) -> Message {
    var experiment = Message()
    experiment.double(3, time)
    for setting in settings {
      var column = Message()
      column.text(1, setting.name)
      if let value = setting.value { column.integer(4, value.type) }
      // The field says that runs differ in the setting. TensorBoard shows such settings first.
      if first.contains(setting.name) { column.integer(7, 1) }
      experiment.message(4, column)
    }
    for result in results {
      var metric = Message()
      metric.text(2, result.tag)
      var column = Message()
      column.message(1, metric)
      column.text(3, result.title)
      // Results on validation patches.
      column.integer(5, 2)
      experiment.message(5, column)
    }
    experiment.text(6, name)
    return experiment
  }

  private func start(time: Double) -> Message {
    var start = Message()
    for setting in settings {
      guard let value = setting.value else { continue }
      var entry = Message()
      entry.text(1, setting.name)
      entry.message(2, value.message)
      start.message(1, entry)
    }
    start.double(5, time)
    return start
  }

  private enum Field {
    // The version has field 1, and is 0: a number that is left out.
    static let (experiment, start, end) = (2, 3, 4)
  }
}

extension HyperParameters.Value {
  /// The number of its `DataType` in the plugin's api.proto.
  fileprivate var type: Int {
    switch self {
    case .text: 1
    case .truth: 2
    case .number: 3
    }
  }

  /// The value as `google.protobuf.Value`.
  fileprivate var message: Message {
    var message = Message()
    switch self {
    case .number(let number): message.double(2, number)
    case .text(let text): message.text(3, text)
    case .truth(let truth): message.integer(4, truth ? 1 : 0)
    }
    return message
  }
}
