/// Repeats a tensor along axes where it has one element or none.
///
/// The graph inserts it where shapes differ.
struct Broadcast: ViewGate {
  static let card = GateCard(
    name: "broadcast_to", symbol: "broadcast", options: [.init("shape", "the shape of the output")],
    summary: "Repeats x to fill a larger shape; inserted where shapes differ.",
    localGradient: "dL/dx = dL/dz summed over the axes along which x was repeated")

  let target: Shape

  init(to target: Shape) {
    self.target = target
  }

  init(_ options: GateOptions) throws(OptionError) {
    guard let extents = try options.integers("shape") else {
      throw OptionError("broadcast_to needs a 'shape'")
    }
    do {
      target = try Shape(validating: extents)
    } catch {
      throw OptionError(error.description)
    }
  }

  var settings: [(name: String, value: OptionValue)] {
    [("shape", .list(target.extents.map { .number(Double($0)) }))]
  }

  /// The gradient is summed over the new axes and over those that had one element.
  func rules(for operands: [Shape]) -> [LocalRule] {
    let new = target.rank - operands[0].rank
    let stretched = operands[0].extents.indices.filter { operands[0].extents[$0] != target.extents[$0 + new] }
    let axes = (Array(0..<new) + stretched.map { $0 + new }).map(String.init)
    guard !axes.isEmpty, operands[0].rank > 0 else { return [.whole(axes.isEmpty ? "dz" : "sum(dz)")] }
    let sum = "sum(dz, axis=\(axes.count == 1 ? axes[0] : "(\(axes.joined(separator: ", ")))"))"
    return [.whole(stretched.isEmpty ? sum : "\(sum).reshape(x.shape)")]
  }

  func view(of operand: Shape) throws(ShapeError) -> StridedView {
    guard try operand.broadcast(with: target) == target else {
      throw ShapeError("shape \(operand) does not broadcast to \(target)")
    }
    return .broadcasting(operand, to: target)
  }

  /// The same block, and the whole of each axis along which x is repeated.
  func reach(of block: Block, in position: Int, operands: [Shape], output: Shape) -> Block {
    let missing = output.rank - operands[0].rank
    return Block(
      output.extents.indices.map { axis in
        axis < missing || operands[0].extents[axis - missing] == 1
          ? 0..<output.extents[axis] : block.ranges[axis - missing]
      })
  }
}
