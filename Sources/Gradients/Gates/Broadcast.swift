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
