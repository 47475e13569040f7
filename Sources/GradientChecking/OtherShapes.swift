internal import Gradients

/// Shapes beside those that a gate was given.
///
/// Of 212 wrong backward passes in public solutions of a course's assignments 75 were right at the shapes of the course's
/// own notebooks: they fail for a batch of one, or where two extents that happened to be equal are not.
struct OtherShapes {
  /// Operands of more elements are not looked at.
  private static let largestCount = 4096

  /// The shapes of the operands, as they are.
  let shapes: [Shape]

  /// Other shapes for all operands: each extent in turn set to 1 wherever it stands, all extents one larger, the last
  /// axis of every matrix longer than it was, and extents that grow from axis to axis as in a chain of products.
  var all: [[Shape]] {
    let extents = shapes.flatMap(\.extents).uniqued.filter { $0 > 0 }
    let single = extents.filter { $0 > 1 }.map { extent in changed { $0 == extent ? 1 : $0 } }
    let larger = changed { $0 > 1 ? $0 + 1 : $0 }
    let wider = shapes.map { shape in
      shape.rank > 1 ? Shape(shape.extents.dropLast() + [shape.extents[shape.rank - 1] + 1]) : shape
    }
    var growth = 0
    let chained = shapes.map { shape in
      Shape(
        shape.extents.enumerated().map { axis, extent in
          if axis > 0 { growth += 1 }
          return extent + growth
        })
    }
    return (single + [larger, wider, chained]).uniqued.filter { candidate in
      candidate != shapes && candidate.allSatisfy { $0.count <= Self.largestCount }
    }
  }

  private func changed(_ change: (Int) -> Int) -> [Shape] {
    shapes.map { Shape($0.extents.map(change)) }
  }

  /// A tensor of another shape with elements like those of `tensor`: whole numbers, which may be labels, are taken as they
  /// are, others are moved, so that no two are alike.
  static func resized(_ tensor: Tensor, to shape: Shape, _ random: inout SplitMix64) -> Tensor {
    guard !tensor.elements.isEmpty, tensor.shape != shape else { return tensor }
    let isWhole = tensor.elements.allSatisfy { $0 == $0.rounded() }
    return Tensor(
      shape: shape,
      elements: (0..<shape.count).map { _ in
        let element = tensor.elements[Int(random.next() % UInt64(tensor.shape.count))]
        return isWhole ? element : element * (0.75 + Double(random.next() >> 11) * 0x1p-54)
      })
  }
}

extension GateCheck {
  /// What is wrong with the gate at other shapes than those it was given; nil where nothing is.
  mutating func findingAtOtherShapes(than operands: [Operand]) throws -> Finding? {
    var random = SplitMix64(seed: settings.seed &+ 0x0E)
    for shapes in OtherShapes(shapes: operands.map(\.value.shape)).all {
      let resized = zip(operands, shapes).map { operand, shape in
        Operand(value: OtherShapes.resized(operand.value, to: shape, &random), varies: operand.varies)
      }
      let text = shapes.map(\.description).joined(separator: ", ")
      let other: any Gate
      do throws(GateError) {
        guard let gate = try remadeGate(for: shapes) else { continue }
        other = gate
      } catch {
        return Finding(
          verdict: .disagree, message: "for operands of shapes \(text) the backward pass fails: \(error)")
      }
      var check = GateCheck(gate: other, settings: settings, sample: sample)
      defer { evaluationCount += check.evaluationCount }
      var finding: Finding
      do {
        finding = try check.finding(at: resized)
      } catch let stop as StoppedCheck {
        throw stop
      } catch {
        // Labels that name no class, and whatever else has no output there, say nothing.
        continue
      }
      guard finding.verdict == .disagree else { continue }
      finding.message = finding.message.map { "for operands of shapes \(text) \($0)" }
      // They are not numbers of the function that is checked.
      finding.numbers = nil
      return finding
    }
    return nil
  }

  private func remadeGate(for shapes: [Shape]) throws(GateError) -> (any Gate)? {
    if let gate = gate as? any ShapeBoundGate { return try gate.remade(for: shapes) }
    return (try? gate.outputShape(for: shapes)) == nil ? nil : gate
  }
}

extension Array where Element: Hashable {
  /// The elements without repetitions, in order.
  fileprivate var uniqued: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
