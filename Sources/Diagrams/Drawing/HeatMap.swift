internal import Gradients

/// A tensor as a grid of a few numbers, each the mean of a part of it.
struct HeatMap {
  /// The side of a cell, in points.
  static let cellSize = 5
  private static let largestSide = 16

  private let rows: [[Double]]

  /// The map of a matrix; of a vector, in one column; of more axes, with all but the last one down.
  init(_ tensor: Tensor) {
    let width = tensor.shape.rank < 2 ? 1 : tensor.shape.extents[tensor.shape.rank - 1]
    let height = width == 0 ? 0 : tensor.shape.count / width
    let (down, across) = (min(height, Self.largestSide), min(width, Self.largestSide))
    rows = (0..<down).map { row in
      (0..<across).map { column in
        var (sum, count) = (0.0, 0.0)
        for i in row * height / down..<(row + 1) * height / down {
          for j in column * width / across..<(column + 1) * width / across {
            sum += tensor.elements[i * width + j]
            count += 1
          }
        }
        return sum / count
      }
    }
  }

  /// The colour of each cell, from that of the least number to that of the greatest; a number that is not finite has
  /// the first.
  func colors(from low: String, to high: String) -> [[String]] {
    let finite = rows.flatMap { $0 }.filter(\.isFinite)
    let (least, greatest) = (finite.min() ?? 0, finite.max() ?? 0)
    let ends = (Self.channels(low), Self.channels(high))
    return rows.map { row in
      row.map { number in
        let part = number.isFinite && greatest > least ? (number - least) / (greatest - least) : 0
        let mixed = zip(ends.0, ends.1).map { low, high in
          Int((Double(low) + (0.12 + 0.88 * part) * Double(high - low)).rounded())
        }
        return "#" + mixed.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
      }
    }
  }

  private static func channels(_ color: String) -> [Int] {
    let digits = Array(color.dropFirst())
    return stride(from: 0, to: 6, by: 2).map { Int(String(digits[$0...$0 + 1]), radix: 16) ?? 0 }
  }
}
