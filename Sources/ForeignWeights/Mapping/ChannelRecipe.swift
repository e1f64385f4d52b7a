/// How the input channels of a network's first convolution are made of those of a file's.
///
/// Channels with a name in the file are taken as they are. Where some are not there, each gets the mean of the file's
/// channels, and the kernel is scaled by (channels of the file / channels needed): images of one value in all channels
/// give the same response. Example: three channels for ten are scaled by 0.3.
package struct ChannelRecipe: Equatable, Sendable {
  enum Source: Equatable, Sendable {
    case channel(Int)
    /// The mean of all channels of the file.
    case mean
    /// Another file, or the initial values.
    case untouched
  }

  /// For each channel of the network.
  let sources: [Source]
  let scale: Float

  /// - Parameters:
  ///   - needed: the bands of the network's channels; nil for channels that the file does not fill.
  ///   - bands: of the file's channels.
  init(needed: [String?], bands: [String]) {
    sources = needed.map { band in
      band.map { name in bands.firstIndex(of: name).map { .channel($0) } ?? .mean } ?? .untouched
    }
    let count = needed.count { $0 != nil }
    scale = sources.contains(.mean) ? Float(bands.count) / Float(count) : 1
  }

  /// Whether the file's kernel is taken as it is.
  var isIdentity: Bool { sources.enumerated().allSatisfy { $1 == .channel($0) } }

  /// Fills the channels of a kernel.
  /// - Parameters:
  ///   - source: the kernel of the file, [outputs, channels of the file, pixels].
  ///   - target: the network's kernel, [outputs, channels, pixels]; untouched channels keep their values.
  func apply(
    _ source: UnsafeBufferPointer<Float>, channels: Int, pixels: Int,
    to target: UnsafeMutableBufferPointer<Float>
  ) {
    let outputs = source.count / (channels * pixels)
    for output in 0..<outputs {
      for (channel, origin) in sources.enumerated() {
        for pixel in 0..<pixels {
          func value(_ channel: Int) -> Float { source[(output * channels + channel) * pixels + pixel] }
          let place = (output * sources.count + channel) * pixels + pixel
          switch origin {
          case .channel(let number): target[place] = value(number) * scale
          case .mean:
            let sum = (0..<channels).reduce(0.0) { $0 + Double(value($1)) }
            target[place] = Float(sum / Double(channels)) * scale
          case .untouched: break
          }
        }
      }
    }
  }
}
