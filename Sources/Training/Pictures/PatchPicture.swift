import Pictures

/// A picture of a patch, and what it shows.
package struct PatchPicture: Equatable, Sendable {
  package enum Kind: String, CaseIterable, Sendable {
    /// Red, green and blue light, as eyes see it.
    case trueColour
    /// Near infrared as red, red as green, green as blue: plants are red.
    case falseColour
    /// Two polarisations of radar and their ratio as red, green and blue.
    case radar
    /// One band in greys.
    case band
    /// The class of each pixel in the legend's colours.
    case labelMap
    /// The classes of the patch in the legend's colours.
    case classes
  }

  package let kind: Kind
  /// "true colour"; with the sensor's title before it where several sensors have such a picture.
  package let title: String
  /// Bands and the numbers between which they are shown: "B4 350…2410, B3 620…1980, B2 900…1850".
  package let detail: String
  package let picture: Picture
}
