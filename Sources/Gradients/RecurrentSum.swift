/// What a step of a recurrent network begins with: a = x @ Wx + prev_h @ Wh + b.
///
/// x has shape (N, D), prev_h (N, H), Wx (D, M), Wh (H, M) and b (M,), where M is H times the number of gates.
struct RecurrentSum {
  private let x, h, wx, wh: DenseMatrix
  /// a, in row-major order.
  let elements: ContiguousArray<Double>

  init(x: Tensor, h: Tensor, wx: Tensor, wh: Tensor, b: Tensor) {
    self.x = DenseMatrix(x)
    self.h = DenseMatrix(h)
    self.wx = DenseMatrix(wx)
    self.wh = DenseMatrix(wh)
    var sum = self.x.times(self.wx).elements
    for (position, term) in self.h.times(self.wh).elements.enumerated() {
      sum[position] += term + b.elements[position % b.elements.count]
    }
    elements = sum
  }

  /// The imaginary part of a, by the product rule.
  static func imaginaryElements(
    x: (real: Tensor, imaginary: Tensor), h: (real: Tensor, imaginary: Tensor),
    wx: (real: Tensor, imaginary: Tensor), wh: (real: Tensor, imaginary: Tensor), b: Tensor
  ) -> [Double] {
    let states = RecurrentSum(x: x.imaginary, h: h.imaginary, wx: wx.real, wh: wh.real, b: b)
    let nothing = Tensor(repeating: 0, shape: b.shape)
    let weights = RecurrentSum(x: x.real, h: h.real, wx: wx.imaginary, wh: wh.imaginary, b: nothing)
    return zip(states.elements, weights.elements).map { $0 + $1 }
  }

  /// The gradients of x, prev_h, Wx, Wh and b from that of a.
  func gradients(_ upstream: [Double]) -> (x: Tensor, h: Tensor, wx: Tensor, wh: Tensor, b: Tensor) {
    let a = DenseMatrix(rows: x.rows, columns: wx.columns, elements: upstream)
    return (
      a.times(wx, otherTransposed: true).tensor, a.times(wh, otherTransposed: true).tensor,
      x.times(a, transposed: true).tensor, h.times(a, transposed: true).tensor, Tensor(a.columnSums)
    )
  }

  /// Checks the shapes of x, prev_h, Wx, Wh and b, where each row of a has `parts` parts of the size of prev_h's.
  static func check(_ name: String, _ shapes: [Shape], parts: Int) throws(ShapeError) {
    let (x, h) = (shapes[0], shapes[1])
    guard x.rank == 2, h.rank == 2, x.extents[0] == h.extents[0] else {
      throw ShapeError(
        "\(name): x of shape \(x) and prev_h of shape \(h): expected (N, D) and (N, H) with the same N")
    }
    let width = parts * h.extents[1]
    let expected = [Shape(x.extents[1], width), Shape(h.extents[1], width), Shape(width)]
    for (position, expected) in expected.enumerated() where shapes[position + 2] != expected {
      throw ShapeError(
        """
        \(name): \(["Wx", "Wh", "b"][position]) of shape \(shapes[position + 2]) does not fit x of shape \(x) and \
        prev_h of shape \(h): expected \(expected)
        """)
    }
  }
}

extension DenseMatrix {
  /// The matrix of a tensor of two axes.
  init(_ tensor: Tensor) {
    self.init(rows: tensor.shape.extents[0], columns: tensor.shape.extents[1], elements: tensor.elements)
  }

  /// The tensor of a matrix.
  var tensor: Tensor { Tensor(shape: Shape(rows, columns), elements: Array(elements)) }
}
