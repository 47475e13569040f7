internal import Gradients

extension BlackBoxCheck {
  /// The output is asked for so many elements one by one, and for so many numbers.
  private static let (largestOutputCount, largestJacobian) = (1024, 1 << 20)

  /// Whether each element of an operand has the gradient of the last elements of the output that it reaches, and not of
  /// all: where windows overlap, what one gives is assigned over what those before gave.
  mutating func isOverwritten(_ position: Int) -> Bool {
    let (rowCount, columnCount) = (upstream.shape.count, operands[position].shape.count)
    guard rowCount <= Self.largestOutputCount, rowCount * columnCount <= Self.largestJacobian,
      let analytic = analyticJacobian(position), let numerical = numericalJacobian(position)
    else { return false }
    let size = numerical.reduce(0) { max($0, $1.magnitude) }
    var isMissing = false
    for column in 0..<columnCount {
      let entries = Array(stride(from: column, to: rowCount * columnCount, by: columnCount))
      guard let last = entries.last(where: { numerical[$0].magnitude > 1e-6 * size }) else { continue }
      guard analytic[last] != 0 else { return false }
      for entry in entries where (analytic[entry] - numerical[entry]).magnitude > 1e-6 * size {
        guard analytic[entry] == 0 else { return false }
        isMissing = true
      }
    }
    return isMissing
  }

  /// The backward pass for each element of the output alone, one row after the other.
  private func analyticJacobian(_ position: Int) -> [Double]? {
    var jacobian: [Double] = []
    for element in 0..<upstream.shape.count {
      var single = Tensor(repeating: 0, shape: upstream.shape)
      single.elements[element] = 1
      guard let output,
        let gradients = try? gate.backward(upstream: single, operands: operands, output: output),
        gradients[position].shape == operands[position].shape
      else { return nil }
      jacobian += gradients[position].elements
    }
    return jacobian
  }

  /// The same by differences.
  private mutating func numericalJacobian(_ position: Int) -> [Double]? {
    let operand = operands[position]
    let (rowCount, columnCount) = (upstream.shape.count, operand.shape.count)
    let changes = (0..<2 * columnCount).map { copy in
      let x = operand.elements[copy / 2]
      let step = StepLadder.single(at: x)
      return CopiedTensor.Change(
        copy: copy, element: copy / 2, value: x + (copy % 2 == 0 ? step : -step))
    }
    let chain = BlackBoxChain(
      steps: [.init(gate: gate, operands: Array(operands.indices))], operandCount: operands.count,
      outputs: [operands.count])
    let given = operands.indices.map {
      $0 == position ? CopiedTensor.changed(operand, changes) : .same(operands[$0])
    }
    evaluationCount += 2 * columnCount
    guard let outputs = try? gate.program.run(chain, given, count: 2 * columnCount)[0].elements,
      outputs.count == 2 * columnCount * rowCount
    else { return nil }
    return (0..<rowCount * columnCount).map { entry in
      let (row, column) = entry.quotientAndRemainder(dividingBy: columnCount)
      let above = 2 * column * rowCount + row
      return (outputs[above] - outputs[above + rowCount])
        / (changes[2 * column].value - changes[2 * column + 1].value)
    }
  }
}
