import Protobuf

typealias Message = ProtobufMessage<Never>

/// An event of an event file: the message `Event` of TensorFlow's event.proto.
package struct Event {
  /// Seconds since 1970.
  package let time: Double
  /// The place on TensorBoard's axis of steps.
  package let step: Int
  package let content: Content

  package enum Content {
    /// The first event of each file: the version of its events.
    case version
    /// The events from `step` on are written here. TensorBoard drops events of earlier files with this step or a later one.
    case sessionStart
    /// Values of tags.
    case values([TaggedValue])
  }

  package init(time: Double, step: Int, _ content: Content) {
    (self.time, self.step, self.content) = (time, step, content)
  }

  /// The event as a message.
  package var bytes: [UInt8] {
    var event = Message()
    event.double(Field.time, time)
    event.integer(Field.step, step)
    switch content {
    case .version: event.text(Field.version, Self.version)
    case .sessionStart:
      var log = Message()
      log.integer(Field.sessionStatus, Self.start)
      event.message(Field.sessionLog, log)
    case .values(let values):
      var summary = Message()
      for value in values { summary.message(Field.summaryValue, value.message) }
      event.message(Field.summary, summary)
    }
    return event.bytes
  }

  static let version = "brain.Event:2"
  /// `SessionLog.START`.
  static let start = 1

  /// Numbers of fields.
  enum Field {
    static let (time, step, version, summary, sessionLog) = (1, 2, 3, 5, 7)
    static let (summaryValue, sessionStatus) = (1, 1)
  }
}
