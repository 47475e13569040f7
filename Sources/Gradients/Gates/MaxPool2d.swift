/// A max pooling layer (CS231n notes, convolutional-networks).
///
/// x has shape (N, C, H, W), and the output (N, C, H', W') with H' = 1 + floor((H - size) / stride).
struct MaxPool2d: TensorGate, PiecewiseTensorGate, ComplexGate, CatalogGate {
  static let card = GateCard(
    name: "max_pool2d",
    options: [
      .init("size", "how large a window is, one number or (rows, columns); 2 without it"),
      .init("stride", "how far a window moves, one number or (down, right); its size without it"),
    ],
    summary: "Takes the largest element of each window of each channel.",
    localGradient: "1 for the largest element of a window, 0 for the others, added where windows overlap",
    convention: "elements that tie share the gradient evenly", pattern: .router)

  private let size: (Int, Int)
  private let stride: (Int, Int)

  init(size: (Int, Int), stride: (Int, Int)) {
    (self.size, self.stride) = (size, stride)
  }

  init(_ options: GateOptions) throws(OptionError) {
    size = try options.pair("size", atLeast: 1) ?? (2, 2)
    stride = try options.pair("stride", atLeast: 1) ?? size
  }

  private func windows(_ x: Shape) throws(ShapeError) -> Windows {
    try Windows("max_pool2d", x: x, size: size, stride: stride, padding: (0, 0))
  }

  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape {
    let windows = try windows(operands[0])
    return try Shape(validating: operands[0].extents.prefix(2) + [windows.count.0, windows.count.1])
  }

  func forward(_ operands: [Tensor]) throws(GateError) -> Tensor {
    let x = operands[0].elements
    let shape = try Joint.shape { () throws(ShapeError) in try outputShape(for: [operands[0].shape]) }
    return Tensor(
      shape: shape,
      elements: try pools(operands[0].shape).map { pool in
        pool.contains { x[$0].isNaN } ? .nan : pool.reduce(-.infinity) { max($0, x[$1]) }
      })
  }

  func backward(upstream: Tensor, operands: [Tensor], output: Tensor) throws(GateError) -> [Tensor] {
    let x = operands[0].elements
    var gradient = Tensor(repeating: 0, shape: operands[0].shape)
    for (position, pool) in try pools(operands[0].shape).enumerated() {
      let ties = pool.filter { x[$0] == output.elements[position] }
      for slot in ties { gradient.elements[slot] += upstream.elements[position] / Double(ties.count) }
    }
    return [gradient]
  }

  func imaginaryOutput(real: [Tensor], imaginary: [Tensor]) throws(GateError) -> Tensor {
    var output = try forward(real)
    for (position, pool) in try pools(real[0].shape).enumerated() {
      let ties = pool.filter { real[0].elements[$0] == output.elements[position] }
      output.elements[position] = ties.reduce(0) { $0 + imaginary[0].elements[$1] } / Double(ties.count)
    }
    return output
  }

  /// The order of each picked element within its window.
  func branches(_ operands: [Tensor]) -> [Int] {
    let x = operands[0].elements
    return ((try? pools(operands[0].shape)) ?? []).flatMap { pool in
      let largest = pool.lazy.map { x[$0] }.max()
      return pool.indices.filter { x[pool[$0]] == largest } + [-1]
    }
  }

  /// For each element of the output, the elements of x that it is taken from.
  private func pools(_ shape: Shape) throws(GateError) -> [[Int]] {
    let windows: Windows
    do throws(ShapeError) {
      windows = try self.windows(shape)
    } catch {
      throw GateError(error.description)
    }
    var pools: [[Int]] = []
    for plane in 0..<shape.extents[0] * shape.extents[1] {
      let start = plane * shape.extents[2] * shape.extents[3]
      for row in 0..<windows.count.0 {
        for column in 0..<windows.count.1 {
          var pool: [Int] = []
          windows.forEachPixel(row, column) { _, pixel in pool.append(start + pixel) }
          pools.append(pool)
        }
      }
    }
    return pools
  }
}

extension Variable {
  /// Takes the largest element of each window of each channel; windows lie side by side without a stride.
  public static func maxPool2d(
    _ x: Variable, size: Int = 2, stride: Int? = nil, file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    let step = stride ?? size
    precondition(size > 0 && step > 0, "size \(size), stride \(step)")
    return .apply(MaxPool2d(size: (size, size), stride: (step, step)), to: [x], file: file, line: line)
  }
}
