/// Half the square of each error while it is small, its distance beyond that, in the mean.
public enum HuberLoss {
  /// Where an error stops being small.
  static let delta = 1.0

  /// The loss of some errors.
  public static func value(_ errors: [Double]) -> Double {
    let sum = errors.reduce(0) { sum, e in
      sum + (abs(e) <= delta ? 0.5 * e * e : delta * (abs(e) - 0.5 * delta))
    }
    return sum / Double(errors.count)
  }

  /// The gradient of the loss, derived by hand.
  public static func gradient(_ errors: [Double]) -> [Double] {
    errors.map { max(-delta, min(delta, $0)) / Double(errors.count) }
  }
}
