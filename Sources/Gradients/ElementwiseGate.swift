/// A gate that treats each element alone.
///
/// The engine runs many uses of one in a single call.
public protocol ElementwiseGate: Gate {
  /// Computes the outputs of all `calls`, in order: one may read what an earlier one wrote.
  func forward(_ values: inout MutableSpan<Double>, calls: Span<ElementwiseCall>)

  /// Adds to the gradients of the operands of all `calls`, the last one first.
  func backward(_ gradients: inout MutableSpan<Double>, values: Span<Double>, calls: Span<ElementwiseCall>)
}

/// One use of an elementwise gate: the slots where its operands and its output begin, and how many there are.
@frozen
public struct ElementwiseCall: Sendable {
  /// The first slot of the first operand.
  public let x: Int32
  /// The first slot of the second operand; that of the first for a gate that has one.
  public let y: Int32
  /// The first slot of the output.
  public let z: Int32
  /// How many slots each of them has.
  public let count: Int32

  /// Makes a call.
  @inlinable
  public init(x: Int32, y: Int32, z: Int32, count: Int32) {
    self.x = x
    self.y = y
    self.z = z
    self.count = count
  }

  /// The use of an elementwise gate at `site`.
  public init(_ site: Site) {
    self.init(
      x: Int32(site.operands[0].start), y: Int32(site.operands[site.operands.count - 1].start),
      z: Int32(site.output.start), count: Int32(site.output.shape.count * site.lanes))
  }
}

extension ElementwiseGate {
  /// Yes: elements are combined in pairs.
  public var broadcastsOperands: Bool { true }

  /// The shape of the operands, which must be alike.
  public func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape {
    guard let first = operands.first else { return .scalar }
    for shape in operands.dropFirst() where shape != first {
      throw ShapeError("\(card.name): shapes \(first) and \(shape) differ")
    }
    return first
  }

  /// Computes the output at `site`.
  public func forward(_ values: inout MutableSpan<Double>, at site: Site) throws(GateError) {
    let calls: ContiguousArray = [ElementwiseCall(site)]
    forward(&values, calls: calls.span)
  }

  /// Adds to the gradients of the operands at `site`.
  public func backward(
    _ gradients: inout MutableSpan<Double>, values: Span<Double>, at site: Site
  ) throws(GateError) {
    let calls: ContiguousArray = [ElementwiseCall(site)]
    backward(&gradients, values: values, calls: calls.span)
  }
}

/// A function of one number, applied to each element: write the function and its slope, and the rest follows.
public protocol UnaryGate: ElementwiseGate {
  /// The function.
  func value(_ x: Double) -> Double

  /// The derivative at `x`, where the function is `y`.
  func slope(_ x: Double, _ y: Double) -> Double
}

extension UnaryGate {
  /// Computes the outputs of all `calls`, in order.
  @inlinable
  public func forward(_ values: inout MutableSpan<Double>, calls: Span<ElementwiseCall>) {
    for index in calls.indices {
      let call = calls[index]
      for i in 0..<Int(call.count) {
        values[Int(call.z) + i] = value(values[Int(call.x) + i])
      }
    }
  }

  /// Adds to the gradients of the operands of all `calls`, the last one first.
  @inlinable
  public func backward(
    _ gradients: inout MutableSpan<Double>, values: Span<Double>, calls: Span<ElementwiseCall>
  ) {
    for index in stride(from: calls.count - 1, through: 0, by: -1) {
      let call = calls[index]
      for i in 0..<Int(call.count) {
        let upstream = gradients[Int(call.z) + i]
        gradients[Int(call.x) + i] += chained(
          upstream, slope(values[Int(call.x) + i], values[Int(call.z) + i]))
      }
    }
  }
}

/// A function of two numbers, applied to each pair of elements: write the function and its two slopes.
public protocol BinaryGate: ElementwiseGate {
  /// The function.
  func value(_ x: Double, _ y: Double) -> Double

  /// The partial derivatives at `x` and `y`, where the function is `z`.
  func slopes(_ x: Double, _ y: Double, _ z: Double) -> (x: Double, y: Double)
}

extension BinaryGate {
  /// Computes the outputs of all `calls`, in order.
  @inlinable
  public func forward(_ values: inout MutableSpan<Double>, calls: Span<ElementwiseCall>) {
    for index in calls.indices {
      let call = calls[index]
      for i in 0..<Int(call.count) {
        values[Int(call.z) + i] = value(values[Int(call.x) + i], values[Int(call.y) + i])
      }
    }
  }

  /// Adds to the gradients of the operands of all `calls`, the last one first.
  @inlinable
  public func backward(
    _ gradients: inout MutableSpan<Double>, values: Span<Double>, calls: Span<ElementwiseCall>
  ) {
    for index in stride(from: calls.count - 1, through: 0, by: -1) {
      let call = calls[index]
      for i in 0..<Int(call.count) {
        let upstream = gradients[Int(call.z) + i]
        let slopes = slopes(values[Int(call.x) + i], values[Int(call.y) + i], values[Int(call.z) + i])
        gradients[Int(call.x) + i] += chained(upstream, slopes.x)
        gradients[Int(call.y) + i] += chained(upstream, slopes.y)
      }
    }
  }
}

/// The upstream gradient times the local one; nothing where either is zero, though the other be infinite.
@inlinable
func chained(_ upstream: Double, _ slope: Double) -> Double {
  upstream == 0 || slope == 0 ? 0 : upstream * slope
}
