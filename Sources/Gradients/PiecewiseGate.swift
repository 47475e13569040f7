/// A gate that chooses, by its operands, which of several functions it computes.
///
/// The choices of all gates are the *branch signature* of a forward pass. Between two points with the same signature
/// lies no kink that a gate put there.
public protocol PiecewiseGate: Gate {
  /// Mixes the choice at every element into the signature of its lane.
  func mixBranches(into signatures: inout [BranchSignature], values: Span<Double>, at site: Site)
}

/// A digest of the choices that the piecewise gates of a graph made.
public struct BranchSignature: Hashable, Sendable {
  /// The digest.
  public private(set) var bits: UInt64 = 0xCBF2_9CE4_8422_2325

  /// The signature of no choice.
  public init() {}

  /// Adds one choice: FNV-1a, over numbers instead of bytes.
  public mutating func mix(_ choice: Int) {
    bits = (bits ^ UInt64(bitPattern: Int64(choice))) &* 0x100_0000_01B3
    bits ^= bits >> 29
  }
}

/// A piecewise function of one number: write which piece a number is on.
protocol PiecewiseUnaryGate: AnalyticUnaryGate, PiecewiseGate {
  /// The piece that `x` is on.
  func branch(_ x: Double) -> Int
}

extension PiecewiseUnaryGate {
  func mixBranches(into signatures: inout [BranchSignature], values: Span<Double>, at site: Site) {
    let x = site.operands[0]
    for i in 0..<x.shape.count {
      for lane in 0..<site.lanes { signatures[lane].mix(branch(values[x.start + i * site.lanes + lane])) }
    }
  }
}

/// A piecewise function of two numbers whose pieces meet where the numbers are equal.
protocol PiecewiseBinaryGate: AnalyticBinaryGate, PiecewiseGate {}

extension PiecewiseBinaryGate {
  func mixBranches(into signatures: inout [BranchSignature], values: Span<Double>, at site: Site) {
    let (x, y) = (site.operands[0], site.operands[1])
    for i in 0..<x.shape.count * site.lanes {
      let (a, b) = (values[x.start + i], values[y.start + i])
      signatures[i % site.lanes].mix(a < b ? -1 : a > b ? 1 : 0)
    }
  }
}

/// A gate whose choices follow from its whole operands.
protocol PiecewiseTensorGate: PiecewiseGate {
  /// The choices, in any fixed order.
  func branches(_ operands: [Tensor]) -> [Int]
}

extension PiecewiseTensorGate {
  func mixBranches(into signatures: inout [BranchSignature], values: Span<Double>, at site: Site) {
    for lane in 0..<site.lanes {
      let operands = site.operands.map { Tensor($0, lane: lane, of: site.lanes, in: values) }
      for choice in branches(operands) { signatures[lane].mix(choice) }
    }
  }
}

/// A reduction that picks elements of its group.
protocol PiecewiseFoldGate: FoldGate, PiecewiseTensorGate {}

extension PiecewiseFoldGate {
  /// Begins with a member, as there is no infinite complex number to begin with.
  func reduce<Number: AnalyticNumber>(_ x: [Number]) -> Number {
    x.dropFirst().reduce(x.first ?? Number(Self.start)) { fold($0, $1) }
  }

  /// The order of each picked element within its group.
  func branches(_ operands: [Tensor]) -> [Int] {
    guard let (starts, members) = try? axes.groups(in: operands[0].shape) else { return [] }
    return starts.flatMap { start in
      let x = members.map { operands[0].elements[start + $0] }
      let z = reduce(x)
      return x.indices.filter { x[$0] == z } + [-1]
    }
  }
}

extension Evaluation {
  /// The branch signature of each lane, over the gates up to `output`.
  public func branches(upTo output: NodeID) -> [BranchSignature] {
    var signatures = Array(repeating: BranchSignature(), count: lanes)
    for index in 0...output.index {
      let position = Int(graph.table[index].gate)
      guard position >= 0, let gate = graph.piecewiseGates[position] else { continue }
      mixBranches(of: gate, at: NodeID(index: index), into: &signatures)
    }
    return signatures
  }
}
