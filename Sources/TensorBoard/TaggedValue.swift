import Protobuf

/// What a tag has at a step: the message `Summary.Value` of TensorFlow's summary.proto. The part of a tag in front of its first
/// slash is its group in TensorBoard: the curves `loss/train` and `loss/validation` stand side by side.
package struct TaggedValue {
  package let tag: String
  /// What the value means, in one sentence or in Markdown; TensorBoard shows it beside the plot.
  let meaning: String
  private let content: Content

  private enum Content {
    case scalar(Float)
    case image(PNGImage)
    case text(String)
    case parameters(Message)
  }

  /// A number: a point of a curve.
  package static func scalar(_ tag: String, _ value: Double, meaning: String = "") -> TaggedValue {
    TaggedValue(tag: tag, meaning: meaning, content: .scalar(Float(value)))
  }

  package static func image(_ tag: String, _ image: PNGImage, meaning: String = "") -> TaggedValue {
    TaggedValue(tag: tag, meaning: meaning, content: .image(image))
  }

  /// A text in Markdown.
  package static func text(_ tag: String, _ markdown: String, meaning: String = "") -> TaggedValue {
    TaggedValue(tag: tag, meaning: meaning, content: .text(markdown))
  }

  /// A message of the table of hyperparameters, see `HyperParameters`.
  static func parameters(_ tag: String, _ message: Message) -> TaggedValue {
    TaggedValue(tag: tag, meaning: "", content: .parameters(message))
  }

  var message: Message {
    var value = Message()
    value.text(Field.tag, tag)
    switch content {
    case .scalar(let number):
      value.float(Field.scalar, number)
      value.message(Field.metadata, metadata(plugin: "scalars"))
    case .image(let image):
      value.message(Field.image, image.message)
      value.message(Field.metadata, metadata(plugin: "images"))
    case .text(let markdown):
      var tensor = Message()
      tensor.integer(Field.tensorType, TensorType.string)
      tensor.message(Field.tensorShape, Message())
      tensor.text(Field.tensorStrings, markdown)
      value.message(Field.tensor, tensor)
      value.message(Field.metadata, metadata(plugin: "text"))
    case .parameters(let message):
      // The table is read from the metadata. A value without numbers stands beside it.
      var length = Message()
      length.integer(Field.length, 0)
      var shape = Message()
      shape.message(Field.dimension, length)
      var tensor = Message()
      tensor.integer(Field.tensorType, TensorType.float)
      tensor.message(Field.tensorShape, shape)
      value.message(Field.tensor, tensor)
      value.message(Field.metadata, metadata(plugin: "hparams", content: message))
    }
    return value
  }

  /// - Parameters:
  ///   - plugin: the part of TensorBoard that shows the value.
  ///   - content: what that part wants to know.
  private func metadata(plugin: String, content: Message = Message()) -> Message {
    var data = Message()
    data.text(Field.pluginName, plugin)
    if content.count > 0 { data.bytes(Field.pluginContent, content.bytes) }
    var metadata = Message()
    metadata.message(Field.plugin, data)
    if !meaning.isEmpty { metadata.text(Field.meaning, meaning) }
    return metadata
  }

  /// Numbers of fields.
  private enum Field {
    static let (tag, scalar, image, tensor, metadata) = (1, 2, 4, 8, 9)
    static let (plugin, meaning) = (1, 3)
    static let (pluginName, pluginContent) = (1, 2)
    static let (tensorType, tensorShape, tensorStrings) = (1, 2, 8)
    static let (dimension, length) = (2, 1)
  }

  /// Numbers of `DataType` in types.proto.
  private enum TensorType {
    static let (float, string) = (1, 7)
  }
}

/// An image in the PNG format.
package struct PNGImage: Sendable {
  /// Pixels.
  package let width, height: Int
  /// The file.
  package let bytes: [UInt8]

  package init(width: Int, height: Int, bytes: [UInt8]) {
    (self.width, self.height, self.bytes) = (width, height, bytes)
  }

  fileprivate var message: Message {
    var image = Message()
    image.integer(1, height)
    image.integer(2, width)
    // The number of channels: red, green and blue.
    image.integer(3, 3)
    image.bytes(4, bytes)
    return image
  }
}
