/// The windows that a filter or a pool sees as it slides over images of shape (N, C, H, W).
///
/// Windows that would reach beyond the padded image are left out, as by floor division.
struct Windows {
  /// Rows and columns of a window.
  let size: (Int, Int)
  /// How many windows lie below each other, and side by side.
  let count: (Int, Int)
  private let stride: (Int, Int)
  private let padding: (Int, Int)
  private let image: (Int, Int)

  init(_ name: String, x: Shape, size: (Int, Int), stride: (Int, Int), padding: (Int, Int)) throws(ShapeError)
  {
    guard x.rank == 4 else {
      throw ShapeError("\(name): x of shape \(x): expected images, (N, C, H, W)")
    }
    image = (x.extents[2], x.extents[3])
    let room = (image.0 + 2 * padding.0 - size.0, image.1 + 2 * padding.1 - size.1)
    guard size.0 > 0, size.1 > 0, room.0 >= 0, room.1 >= 0 else {
      let padded = padding == (0, 0) ? "" : " with padding \(padding)"
      throw ShapeError("\(name): a window of \(size) does not fit in x of shape \(x)\(padded)")
    }
    (self.size, self.stride, self.padding) = (size, stride, padding)
    count = (room.0 / stride.0 + 1, room.1 / stride.1 + 1)
  }

  /// Calls `body` for each place inside the window at `row` and `column` that lies in the image: with the place in
  /// the window, and the pixel in a plane of the image, both counted in row-major order.
  func forEachPixel(_ row: Int, _ column: Int, _ body: (_ place: Int, _ pixel: Int) -> Void) {
    for i in 0..<size.0 {
      let y = row * stride.0 + i - padding.0
      guard (0..<image.0).contains(y) else { continue }
      for j in 0..<size.1 {
        let x = column * stride.1 + j - padding.1
        guard (0..<image.1).contains(x) else { continue }
        body(i * size.1 + j, y * image.1 + x)
      }
    }
  }
}

extension GateOptions {
  /// Two integers, for rows and columns; a single one stands for both.
  func pair(_ name: String, atLeast least: Int) throws(OptionError) -> (Int, Int)? {
    guard let integers = try integers(name) else { return nil }
    guard (1...2).contains(integers.count), integers.allSatisfy({ $0 >= least && $0 <= 1 << 20 }) else {
      throw OptionError("'\(name)' must be one or two integers that are at least \(least)")
    }
    return (integers[0], integers[integers.count - 1])
  }
}
