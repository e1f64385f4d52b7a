import Foundation
import Metrics
import Presentation

/// Differences in words and numbers. A point is a hundredth: from 0.73 to 0.74 is one point.
package enum DifferenceText {
  /// "+0.65".
  static func points(_ value: Double?) -> String {
    value.map { String(format: "%+.2f", $0 * 100) } ?? Figures.missing
  }

  /// "+0.65 ±0.76"; without the second part where there is no interval.
  static func points(_ difference: PairedDifference) -> String {
    points(difference.value)
      + (difference.interval.map { " ±\(NumberText.fixed($0.halfWidth * 100, 2))" } ?? "")
  }

  /// "0.004", "<0.001".
  package static func pValue(_ value: Double?) -> String {
    guard let value else { return Figures.missing }
    return value < 0.0005 ? "<0.001" : NumberText.fixed(value, 3)
  }

  static func word(_ finding: FigureDifference.Finding) -> String {
    switch finding {
    case .better: "better"
    case .worse: "worse"
    case .indistinguishable: "not distinguishable"
    case .unknown: "no test"
    }
  }

  /// A sentence about a difference: "middle against s2, F1, micro: 0.03 points: not distinguishable; 26 scenes".
  /// - Parameters:
  ///   - subject: what is compared with what: "middle against s2".
  ///   - figure: the name of the figure.
  ///   - clusters: what was resampled: "26 scenes".
  package static func sentence(
    _ found: FigureDifference, _ subject: String, figure: String, clusters: String, noun: ClusterNoun
  ) -> String {
    let start = "\(subject), \(figure): "
    guard let value = found.difference.value else { return start + "the figure does not exist" }
    let size = NumberText.fixed(abs(value) * 100, 2)
    switch found.finding {
    case .indistinguishable: return "\(start)\(size) points: not distinguishable; \(clusters)"
    case .better, .worse:
      let interval = found.difference.interval.map { interval in
        let ends = [interval.low, interval.high].map { abs($0) * 100 }.sorted().map {
          NumberText.fixed($0, 2)
        }
        return "95 % interval \(ends[0]) to \(ends[1]), "
      }
      let p = pValue(found.corrected)
      return
        "\(start)\(size) points \(word(found.finding)) (\(interval ?? "")p \(p.hasPrefix("<") ? p : "= " + p)"
        + "); \(clusters)"
    case .unknown:
      return "\(start)\(size) points: no test, because \(found.difference.absence?.text(noun) ?? "")"
    }
  }
}
