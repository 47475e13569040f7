/// A gate that was made for operands of given shapes, and can be made again for others.
public protocol ShapeBoundGate: Gate {
  /// The gate for operands of other shapes; nil where it has no output for them.
  ///
  /// - Throws: `GateError` when it has an output, but a backward pass that does not fit.
  func remade(for shapes: [Shape]) throws(GateError) -> (any Gate)?
}
