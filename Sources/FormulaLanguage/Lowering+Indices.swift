internal import Gradients

/// Shapes, indices and slices.
extension Lowering {
  mutating func member(
    _ receiver: Value, _ name: String, _ range: SourceRange, _ id: SyntaxTree.ID, _ receiverRange: SourceRange
  ) throws(Diagnostic) -> Value {
    if case .broken = receiver { return .broken }
    if name == "T" {
      return try apply(catalog["transpose"], "T", [Argument(value: receiver, range: receiverRange)], id)
    }
    guard let shape = try shape(of: receiver, at: receiverRange) else {
      throw error(.notAnOperand, receiverRange)
    }
    switch name {
    case "shape": return .list(shape.extents.map { .size(Double($0)) })
    case "ndim": return .size(Double(shape.rank))
    case "size": return .size(Double(shape.count))
    default:
      let fix = nearestName(to: name, among: ["shape", "ndim", "size"]).map {
        [FixIt("use '\($0)'", range, $0)]
      }
      throw error(.unknownMember(name), range, fix ?? [])
    }
  }

  mutating func index(
    _ receiver: Argument, _ items: [Argument], _ id: SyntaxTree.ID
  ) throws(Diagnostic) -> Value {
    if case .broken = receiver.value { return .broken }
    guard !items.isEmpty else { throw error(.emptyIndex, tree[id].range) }
    // An element of a list, such as x.shape[0].
    if case .list(let values) = receiver.value, items.count == 1, let position = items[0].value.integer {
      let index = position < 0 ? position + values.count : position
      guard values.indices.contains(index) else {
        throw error(.indexOutOfRange(position, values.count), items[0].range)
      }
      return values[index]
    }
    let isPlain = items.allSatisfy { item in
      if case .slice = item.value { return true }
      return item.value.integer != nil
    }
    guard isPlain else {
      return try apply(catalog["gather"], "[]", [receiver] + items, id)
    }
    var bounds: [(name: String, value: [OptionValue])] = ["start", "stop", "step"].map { ($0, []) }
    var drop: [OptionValue] = []
    for (axis, item) in items.enumerated() {
      let range: [Int?]
      if case .slice(let start, let stop, let step) = item.value {
        range = [start, stop, step]
      } else {
        let position = item.value.integer ?? 0
        range = [position, position == -1 ? nil : position + 1, nil]
        drop.append(.number(Double(axis)))
      }
      for (i, bound) in range.enumerated() {
        bounds[i].value.append(bound.map { .number(Double($0)) } ?? .none)
      }
    }
    let options =
      bounds.map { (name: $0.name, value: OptionValue.list($0.value)) } + [(name: "drop", value: .list(drop))]
    guard let type = catalog["slice"] else { throw error(.unknownGate("slice"), tree[id].range) }
    let gate: any CatalogGate
    do throws(OptionError) {
      gate = try type.init(GateOptions(options))
    } catch {
      throw Diagnostic(.badOption(error.description), tree[id].range, in: source)
    }
    if let tensor = try tensor(of: receiver.value, at: receiver.range) {
      return .data(try compute(gate, [tensor], id))
    }
    return .node(try add(gate, [try operand(receiver)], id))
  }

  func shape(of value: Value, at range: SourceRange) throws(Diagnostic) -> Shape? {
    if case .node(let node) = value { return graph.shape(of: node) }
    return try tensor(of: value, at: range)?.shape
  }

  func tensor(of value: Value, at range: SourceRange) throws(Diagnostic) -> Tensor? {
    do throws(ShapeError) {
      return try value.tensor()
    } catch {
      throw Diagnostic(.shapes(error.description), range, in: source)
    }
  }

  func isSize(_ value: Value) -> Bool {
    switch value {
    case .size: true
    case .list(let items): items.contains { isSize($0) }
    default: false
    }
  }
}
