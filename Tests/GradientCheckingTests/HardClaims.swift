import Foundation
import GradientChecking
import Gradients

/// A gradient that is claimed for a function which is hard to check.
struct HardClaim: Sendable, CustomStringConvertible {
  let id: String
  let text: String
  /// Verdicts that are right; `resolution` stands for an agreement at the rounding of the function.
  let right: Set<String>
  let x: [Double]
  let function: @Sendable ([Double]) -> [Double]
  /// The claimed Jacobian, row by row.
  let claimed: [[Double]]

  var description: String { "\(id): \(text)" }

  /// A function of one number.
  init(
    _ id: String, _ text: String, _ right: String, at x: Double, _ claimed: Double,
    _ function: @escaping @Sendable (Double) -> Double
  ) {
    self.init(id, text, right, at: [x], [[claimed]]) { [function($0[0])] }
  }

  /// A function of several numbers.
  init(
    _ id: String, _ text: String, _ right: String, at x: [Double], _ claimed: [[Double]],
    _ function: @escaping @Sendable ([Double]) -> [Double]
  ) {
    (self.id, self.text, self.x, self.claimed, self.function) = (id, text, x, claimed, function)
    self.right = Set(right.split(separator: "/").map(String.init))
  }

  /// The function as a graph of one gate in which nothing can be seen.
  func check() throws -> CheckReport {
    try unstarted().run()
  }

  /// The same, stopped before the gate is checked by itself.
  func checkOfFunctionAlone() throws -> CheckReport {
    let isDone = Flag()
    var check = try unstarted()
    check.progress = { done, count in isDone.value = done == count }
    check.shouldStop = { isDone.value }
    return try check.run()
  }

  private func unstarted() throws -> GradientCheck {
    var graph = Graph()
    let input = graph.input("x", shape: Shape(x.count))
    let output = try graph.apply(OpaqueGate(claim: self), to: [input])
    var check = GradientCheck(
      graph, inputs: [.init(name: "x", node: input, value: Tensor(x))], output: ("f", output))
    check.gates = .whenNeeded
    return check
  }

  /// The verdict as the table names it.
  func verdict(_ report: CheckReport) -> String {
    let verdict = max(report.inputs[0].verdict, report.joints.map(\.verdict).max() ?? .agree)
    guard verdict == .agree else { return verdict.rawValue }
    let isBounded = report.inputs[0].comparisons.contains { $0.reason == .resolution }
    return isBounded ? "resolution" : "agree"
  }
}

/// Something that one thread changes and reads.
private final class Flag: @unchecked Sendable {
  var value = false
}

/// A gate that is a closure.
private struct OpaqueGate: TensorGate {
  let claim: HardClaim

  var card: GateCard {
    GateCard(name: "opaque", summary: "Hides a function.", localGradient: "as it is claimed")
  }

  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape { Shape(claim.claimed.count) }

  func forward(_ operands: [Tensor]) throws(GateError) -> Tensor {
    Tensor(claim.function(operands[0].elements))
  }

  func backward(upstream: Tensor, operands: [Tensor], output: Tensor) throws(GateError) -> [Tensor] {
    var gradient = operands[0]
    for i in gradient.elements.indices {
      gradient.elements[i] = zip(upstream.elements, claim.claimed).reduce(0) { sum, row in
        row.0 == 0 ? sum : sum + row.0 * row.1[i]
      }
    }
    return [gradient]
  }
}

private func noise(_ x: Double, _ size: Double) -> Double {
  var random = SplitMix64(seed: x.bitPattern)
  return size * (Double(random.next() >> 11) * 0x1p-52 - 1)
}

private func softmax(_ x: [Double]) -> [Double] {
  let largest = x.max() ?? 0
  let e = x.map { exp($0 - largest) }
  let sum = e.reduce(0, +)
  return e.map { $0 / sum }
}

private func normalized(_ x: [Double], _ epsilon: Double) -> [Double] {
  let mean = x.reduce(0, +) / Double(x.count)
  let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
  return x.map { ($0 - mean) / (variance + epsilon).squareRoot() }
}

/// The Jacobian of `normalized`, by its textbook formula; without the variance's part where `forgets` says so.
private func normalizedJacobian(_ x: [Double], _ epsilon: Double, forgets: Bool = false) -> [[Double]] {
  let n = Double(x.count)
  let mean = x.reduce(0, +) / n
  let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
  let s = (variance + epsilon).squareRoot()
  let z = x.map { ($0 - mean) / s }
  return x.indices.map { i in
    x.indices.map { j in ((i == j ? 1 : 0) - 1 / n - (forgets ? 0 : z[i] * z[j] / n)) / s }
  }
}

private func tanhGELU(_ x: Double) -> Double {
  let inner = (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)
  return 0.5 * x * (1 + tanh(inner))
}

private func erfGELUSlope(_ x: Double) -> Double {
  let density = exp(-x * x / 2) / (2 * Double.pi).squareRoot()
  return 0.5 * erfc(-x / 2.0.squareRoot()) + x * density
}

private let diagonalOfSoftmax: [[Double]] = {
  let p = softmax([12, 0, -1])
  return p.indices.map { i in p.indices.map { j in i == j ? p[i] * (1 - p[i]) : 0 } }
}()

private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

private func sigmoidSlope(_ x: Double) -> Double { sigmoid(x) * (1 - sigmoid(x)) }

private func boostExample(_ x: Double) -> Double { exp(x) / (pow(cos(x), 3) + pow(sin(x), 3)) }

private func boostExampleSlope(_ x: Double) -> Double {
  let (c, s) = (cos(x), sin(x))
  let bottom = c * c * c + s * s * s
  let slope = 3 * s * s * c - 3 * c * c * s
  return exp(x) * (bottom - slope) / (bottom * bottom)
}

extension HardClaim {
  /// Claims of six groups: A scale, B kinks, C edges of domains, D zero, saturated and cancelling, E noise, G typical
  /// bugs.
  static let all: [HardClaim] = scales + kinks + edges + cancellations + noises + bugs

  private static let scales: [HardClaim] = [
    .init("A01", "sin at 1", "agree", at: 1, cos(1.0)) { sin($0) },
    .init("A03", "sin at 1e6", "agree", at: 1e6, cos(1e6)) { sin($0) },
    .init("A05", "exp at -50, claimed 0", "disagree", at: -50, 0) { exp($0) },
    .init("A07", "log at 1e-5", "agree", at: 1e-5, 1e5) { log($0) },
    .init("A09", "log at 1e-300", "agree", at: 1e-300, 1e300) { log($0) },
    .init("A11", "1/x at 1e-5", "agree", at: 1e-5, -1e10) { 1 / $0 },
    .init("A13", "exp(-x/1e6) at 1", "agree", at: 1, -1e-6 * exp(-1e-6)) { exp(-$0 / 1e6) },
    .init("A15", "x^2 at 1e150", "agree", at: 1e150, 2e150) { $0 * $0 },
    .init("A17", "x^2 at 1e-150, claimed 3e-150", "disagree", at: 1e-150, 3e-150) { $0 * $0 },
    .init("A19", "sin(1e6 x) at 0.3", "agree", at: 0.3, 1e6 * cos(1e6 * 0.3)) { sin(1e6 * $0) },
    .init("A20", "sin(2 pi 2^20 x) at 0.1", "agree", at: 0.1, 2 * .pi * 0x1p20 * cos(2 * .pi * 0x1p20 * 0.1))
    {
      sin(2 * .pi * 0x1p20 * $0)
    },
    .init("A21", "e^x/(cos^3+sin^3) at 5.5", "agree", at: 5.5, boostExampleSlope(5.5), boostExample),
    .init("A23", "cosc at 0", "agree/undecided", at: 0, -Double.pi * .pi / 3) {
      $0 == 0 ? 0 : cos(.pi * $0) / $0 - sin(.pi * $0) / (.pi * $0 * $0)
    },
    .init("A25", "tanh(1e4 x) at 1e-5", "agree", at: 1e-5, 1e4 / (cosh(0.1) * cosh(0.1))) { tanh(1e4 * $0) },
    .init("A27", "x^3 at 0, claimed 1e-6", "disagree", at: 0, 1e-6) { $0 * $0 * $0 },
    .init("A29", "softplus log(1+e^x) at 30", "agree", at: 30, 1 / (1 + exp(-30.0))) { log(1 + exp($0)) },
    .init("A31", "x^2 sin(1/x) at 0", "agree", at: 0, 0) { $0 == 0 ? 0 : $0 * $0 * sin(1 / $0) },
    .init("A33", "1e-300 sin(x) at 1, wrong sign", "disagree", at: 1, -1e-300 * cos(1.0)) {
      1e-300 * sin($0)
    },
  ]

  private static let kinks: [HardClaim] = [
    .init("B01", "relu at 0, claimed 0", "agree/undecided", at: 0, 0) { max($0, 0) },
    .init("B03", "relu at 0, claimed 1.5", "disagree", at: 0, 1.5) { max($0, 0) },
    .init("B05", "relu at 1e-7, claimed 0.55", "disagree", at: 1e-7, 0.55) { max($0, 0) },
    .init("B07", "relu(x-1) at 1+1e-9", "agree", at: 1 + 1e-9, 1) { max($0 - 1, 0) },
    .init("B09", "100+relu(x-1) at 1+1e-9, claimed 0", "disagree", at: 1 + 1e-9, 0) { 100 + max($0 - 1, 0) },
    .init("B11", "|x| at 0, claimed 1", "agree/undecided", at: 0, 1) { abs($0) },
    .init("B13", "max(a,b) at (1,1), claimed (1,0)", "agree/undecided", at: [1, 1], [[1, 0]]) {
      [max($0[0], $0[1])]
    },
    .init("B15", "max(a,b) at (1,1), claimed (1,1)", "disagree", at: [1, 1], [[1, 1]]) {
      [max($0[0], $0[1])]
    },
    .init("B17", "max(0,1-yx) with margin 0, claimed 0", "agree/undecided", at: 1, 0) { max(0, 1 - $0) },
    .init("B19", "x+1e-3|x| at 0, claimed 1", "agree/undecided", at: 0, 1) { $0 + 1e-3 * abs($0) },
    .init("B21", "sort (1, 1+1e-7)", "agree/resolution", at: [1, 1 + 1e-7], [[1, 0], [0, 1]]) { $0.sorted() },
    .init("B23", "|x| at 0 in the plane, claimed NaN", "disagree", at: [0, 0], [[.nan, .nan]]) {
      [hypot($0[0], $0[1])]
    },
    .init("B25", "floor at 3.7", "agree/resolution", at: 3.7, 0) { floor($0) },
    .init("B27", "step at 0, claimed 0", "undecided", at: 0, 0) { $0 > 0 ? 1 : 0 },
    .init("B29", "ELU at 0", "agree", at: 0, 1) { $0 > 0 ? $0 : expm1($0) },
    .init("B31", "sqrt|x| at 0, claimed 0", "agree/undecided", at: 0, 0) { abs($0).squareRoot() },
    .init("B33", "softshrink(0.5) at 0.2", "agree", at: 0.2, 0) {
      $0 > 0.5 ? $0 - 0.5 : $0 < -0.5 ? $0 + 0.5 : 0
    },
  ]

  private static let edges: [HardClaim] = [
    .init("C01", "sqrt at 0, claimed infinite", "agree/undecided", at: 0, .infinity) { $0.squareRoot() },
    .init("C03", "x^1.5 at 0", "agree", at: 0, 0) { pow($0, 1.5) },
    .init("C05", "x log x at 1e-12", "agree", at: 1e-12, log(1e-12) + 1) { $0 * log($0) },
    .init("C07", "log at 2, claimed NaN", "disagree", at: 2, .nan) { log($0) },
  ]

  private static let cancellations: [HardClaim] = [
    .init("D01", "sigmoid at 40, claimed 0", "agree/resolution/undecided", at: 40, 0) { 1 / (1 + exp(-$0)) },
    .init("D03", "sigmoid at -40", "agree", at: -40, exp(-40.0) / pow(1 + exp(-40.0), 2)) {
      1 / (1 + exp(-$0))
    },
    .init("D05", "expm1 at -40, claimed 0", "resolution/undecided/disagree", at: -40, 0) { expm1($0) },
    .init("D07", "tanh at 20, claimed 0", "agree/resolution/undecided", at: 20, 0) { tanh($0) },
    .init("D09", "a constant, claimed 1e-17", "agree/resolution", at: 1, 1e-17) { _ in 1 },
    .init(
      "D11", "mean loss over 1e6, three times too large", "disagree", at: 1, 3e-6
    ) { 0.7 + ($0 * $0 / 2 - 0.5) * 1e-6 },
    .init(
      "D13", "softmax cross-entropy of logits (1e4, 1e4+1, 3)", "agree/resolution", at: [1e4, 1e4 + 1, 3],
      [[1 / (1 + exp(1.0)) - 1, exp(1.0) / (1 + exp(1.0)), 0]]
    ) {
      let largest = $0.max() ?? 0
      return [largest + log($0.reduce(0) { $0 + exp($1 - largest) }) - $0[0]]
    },
    .init("D15", "(sin x + 1e8) - 1e8 at 1", "agree", at: 1, cos(1.0)) { (sin($0) + 1e8) - 1e8 },
    .init("D17", "(1 - cos x)/x^2 at 1e-4", "agree/resolution/undecided", at: 1e-4, -1e-4 / 12) {
      (1 - cos($0)) / ($0 * $0)
    },
    .init("D19", "1e6 + 1e-4 sin x at 1, 10 % off", "disagree", at: 1, 1.1e-4 * cos(1.0)) {
      1e6 + 1e-4 * sin($0)
    },
  ]

  private static let noises: [HardClaim] = [
    .init("E01", "sin in single precision at 1", "agree", at: 1, cos(1.0)) { Double(sin(Float($0))) },
    .init("E03", "sin printed with 6 decimals", "agree", at: 1, cos(1.0)) { (sin($0) * 1e6).rounded() / 1e6 },
    .init("E05", "sin with noise of 1e-9", "agree", at: 1, cos(1.0)) { sin($0) + noise($0, 1e-9) },
    .init("E07", "sin with noise of 1e-7, 1 % off", "disagree", at: 1, 1.01 * cos(1.0)) {
      sin($0) + noise($0, 1e-7)
    },
  ]

  private static let matrix = [[1.0, 2, -0.5], [0.3, -1, 0.7], [2.1, 0.4, 1.3]]

  private static let bugs: [HardClaim] = [
    .init(
      "G01", "A x, claimed transposed", "disagree", at: [0.5, -1.2, 2],
      [[1, 0.3, 2.1], [2, -1, 0.4], [-0.5, 0.7, 1.3]]
    ) { x in matrix.map { row in zip(row, x).reduce(0) { $0 + $1.0 * $1.1 } } },
    .init("G03", "sum(x*x), claimed x", "disagree", at: [0.5, -1.2, 2], [[0.5, -1.2, 2]]) {
      [$0.reduce(0) { $0 + $1 * $1 }]
    },
    .init(
      "G05", "sigmoid, slope taken at the output", "disagree", at: 0.3, sigmoidSlope(sigmoid(0.3)), sigmoid),
    .init("G07", "tanh-GELU, gradient of erf-GELU at 0.5", "disagree", at: 0.5, erfGELUSlope(0.5), tanhGELU),
    .init(
      "G09", "layernorm", "agree", at: [0.5, -1.2, 2, 0.1], normalizedJacobian([0.5, -1.2, 2, 0.1], 1e-5)
    ) { normalized($0, 1e-5) },
    .init(
      "G11", "batchnorm, variance forgotten", "disagree", at: [0.5, -1.2, 2, 0.1],
      normalizedJacobian([0.5, -1.2, 2, 0.1], 1e-5, forgets: true)
    ) { normalized($0, 1e-5) },
    .init("G13", "softmax, off-diagonal forgotten", "disagree", at: [12, 0, -1], diagonalOfSoftmax, softmax),
    .init(
      "G15", "1-D correlation, kernel flipped", "disagree", at: [0.5, -1.2, 2, 0.1],
      [[0.2, -1, 3, 0], [0, 0.2, -1, 3]]
    ) { x in [3 * x[0] - x[1] + 0.2 * x[2], 3 * x[1] - x[2] + 0.2 * x[3]] },
    .init("G17", "x.x, gradient permuted", "disagree", at: [0.5, -1.2, 2], [[-2.4, 1, 4]]) {
      [$0.reduce(0) { $0 + $1 * $1 }]
    },
    .init("G19", "bias of a batch of 32, mean for sum", "disagree", at: [0.1, -0.2], [[1, 1]]) { b in
      [32 * (b[0] + b[1])]
    },
  ]
}
