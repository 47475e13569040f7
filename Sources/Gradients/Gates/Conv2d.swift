/// A convolutional layer: filters slide over images (CS231n notes, convolutional-networks).
///
/// x has shape (N, C, H, W), w (F, C, HH, WW), b (F,), and the output (N, F, H', W') with
/// H' = 1 + floor((H + 2 pad - HH) / stride). Each image is laid out as a matrix with a column for each window, so that
/// one matrix product applies all filters everywhere ("im2col").
struct Conv2d: TensorGate, BilinearGate, CatalogGate {
  static let card = GateCard(
    name: "conv2d", operands: ["x", "w", "b"],
    options: [
      .init("stride", "how far a filter moves, one number or (down, right); 1 without it"),
      .init("pad", "how many zeros are put around an image, one number or (down, right); 0 without it"),
    ],
    summary: "Computes the product sum of each filter of w with each window of x, plus b.",
    localGradient: """
      dL/dw = the sum over windows of dL/dz times the window, dL/dx = the sum over windows of dL/dz times the filter, \
      added where windows overlap, dL/db = the sum of dL/dz over images and windows
      """)

  private let stride: (Int, Int)
  private let padding: (Int, Int)

  init(stride: (Int, Int), padding: (Int, Int)) {
    (self.stride, self.padding) = (stride, padding)
  }

  init(_ options: GateOptions) throws(OptionError) {
    stride = try options.pair("stride", atLeast: 1) ?? (1, 1)
    padding = try options.pair("pad", atLeast: 0) ?? (0, 0)
  }

  private func windows(_ operands: [Shape]) throws(ShapeError) -> Windows {
    let (x, w) = (operands[0], operands[1])
    guard w.rank == 4, x.rank != 4 || x.extents[1] == w.extents[1] else {
      throw ShapeError(
        "conv2d: filters of shape \(w) do not fit x of shape \(x): expected (F, C, HH, WW) with the C of x")
    }
    return try Windows(
      "conv2d", x: x, size: (w.extents[2], w.extents[3]), stride: stride, padding: padding)
  }

  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape {
    let windows = try windows(operands)
    let filters = operands[1].extents[0]
    guard operands[2].extents == [filters] else {
      throw ShapeError(
        "conv2d: b of shape \(operands[2]) does not fit \(filters) filters: expected (\(filters),)")
    }
    return try Shape(validating: [operands[0].extents[0], filters, windows.count.0, windows.count.1])
  }

  func forward(_ operands: [Tensor]) throws(GateError) -> Tensor {
    let layout = try Layout(self, operands)
    var elements: [Double] = []
    elements.reserveCapacity(layout.output.count)
    for image in 0..<layout.output.extents[0] {
      let product = layout.filters.times(layout.columns(operands[0], image))
      for (position, value) in product.elements.enumerated() {
        elements.append(value + operands[2].elements[position / layout.windowCount])
      }
    }
    return Tensor(shape: layout.output, elements: elements)
  }

  func backward(upstream: Tensor, operands: [Tensor], output: Tensor) throws(GateError) -> [Tensor] {
    let layout = try Layout(self, operands)
    var gradients = operands.map { Tensor(repeating: 0, shape: $0.shape) }
    let count = layout.filters.rows * layout.windowCount
    for image in 0..<layout.output.extents[0] {
      let own = DenseMatrix(
        rows: layout.filters.rows, columns: layout.windowCount,
        elements: upstream.elements[(image * count)..<((image + 1) * count)])
      let filters = own.times(layout.columns(operands[0], image), otherTransposed: true)
      for (position, gradient) in filters.elements.enumerated() {
        gradients[1].elements[position] += gradient
      }
      for (position, gradient) in own.elements.enumerated() {
        gradients[2].elements[position / layout.windowCount] += gradient
      }
      layout.addColumns(layout.filters.times(own, transposed: true), image, to: &gradients[0].elements)
    }
    return gradients
  }

  /// The matrices of a convolution.
  private struct Layout {
    /// The filters, one a row.
    let filters: DenseMatrix
    let output: Shape
    let windowCount: Int
    private let windows: Windows
    private let channels: Int
    private let pixels: Int

    init(_ gate: Conv2d, _ operands: [Tensor]) throws(GateError) {
      let (x, w) = (operands[0].shape, operands[1].shape)
      do throws(ShapeError) {
        windows = try gate.windows(operands.map(\.shape))
        output = try gate.outputShape(for: operands.map(\.shape))
      } catch {
        throw GateError(error.description)
      }
      windowCount = windows.count.0 * windows.count.1
      channels = w.extents[1]
      pixels = x.extents[2] * x.extents[3]
      filters = DenseMatrix(
        rows: w.extents[0], columns: w.extents.dropFirst().reduce(1, *), elements: operands[1].elements)
    }

    /// One image with a column for each window; what lies outside the image is 0.
    func columns(_ x: Tensor, _ image: Int) -> DenseMatrix {
      var columns = DenseMatrix(
        rows: filters.columns, columns: windowCount,
        elements: repeatElement(0, count: filters.columns * windowCount))
      forEachPixel(image) { columns.elements[$0] = x.elements[$1] }
      return columns
    }

    /// Adds the gradient of the columns to that of the image.
    func addColumns(_ columns: DenseMatrix, _ image: Int, to x: inout [Double]) {
      forEachPixel(image) { x[$1] += columns.elements[$0] }
    }

    private func forEachPixel(_ image: Int, _ body: (_ column: Int, _ pixel: Int) -> Void) {
      let area = windows.size.0 * windows.size.1
      for row in 0..<windows.count.0 {
        for column in 0..<windows.count.1 {
          let window = row * windows.count.1 + column
          windows.forEachPixel(row, column) { place, pixel in
            for channel in 0..<channels {
              body(
                (channel * area + place) * windowCount + window,
                (image * channels + channel) * pixels + pixel)
            }
          }
        }
      }
    }
  }
}

extension Variable {
  /// Computes the product sum of each filter of w with each window of x, plus b.
  public static func conv2d(
    _ x: Variable, _ w: Variable, _ b: Variable, stride: Int = 1, pad: Int = 0,
    file: StaticString = #fileID, line: UInt = #line
  ) -> Variable {
    precondition(stride > 0 && pad >= 0, "stride \(stride), pad \(pad)")
    return .apply(
      Conv2d(stride: (stride, stride), padding: (pad, pad)), to: [x, w, b], file: file, line: line)
  }
}
