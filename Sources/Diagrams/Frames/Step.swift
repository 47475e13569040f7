internal import Gradients

/// One step of the forward or backward pass, as a frame of its own.
struct Step: Sendable {
  /// What happens, in a line.
  let caption: String
  /// The gate in focus; nil at the beginning of a pass.
  let gate: String?
  /// The lines that the gate reads and gives over.
  let lines: Set<String>
  /// The chain rule at the gate.
  let rule: RuleTable?
  /// The wires that have their value, and those that have their gradient.
  let values, gradients: Set<String>
  /// The gates that have handed down their gradient.
  let done: Set<String>

  /// The steps of a picture: the inputs, the gates one after another, the gradient of the output, the gates backward.
  static func all(_ writer: DiagramWriter) -> [Step] {
    let elements = writer.run.drawn.elements
    let gates = elements.filter { !$0.isLeaf }
    guard gates.count <= DrawnGraph.largestReadableCount else { return [] }
    var steps: [Step] = []
    var values: Set<String> = []
    var gradients: Set<String> = []
    var done: Set<String> = []
    func add(_ caption: String, _ element: DrawnGraph.Element? = nil, _ rule: RuleTable? = nil) {
      let lines = element.map(writer.lines(around:)) ?? []
      steps.append(
        Step(
          caption: caption, gate: element.map { writer.circle($0.node) }, lines: lines, rule: rule,
          values: values, gradients: gradients, done: done))
    }

    for element in elements where element.isLeaf {
      for node in element.outputs { values.formUnion(writer.wires(carrying: node)) }
    }
    add("Forward pass: the inputs")
    for (position, element) in gates.enumerated() {
      for node in element.outputs + [element.node] { values.formUnion(writer.wires(carrying: node)) }
      add("Forward pass, step \(position + 1) of \(gates.count): \(writer.name(of: element))", element)
    }
    guard writer.run.hasGradients else { return steps }

    gradients.insert(writer.wire(writer.run.output))
    let output = writer.subject.title
    add("Backward pass: the gradient of the output by itself, d\(output)/d\(output) = 1")
    var waiting = writer.run.readers.mapValues(\.count)
    for (position, element) in gates.reversed().enumerated() {
      for (wirePosition, wire) in element.wires.enumerated() {
        gradients.insert("\(writer.circle(element.node))_\(wirePosition)")
        waiting[wire.source, default: 0] -= 1
        // The gradient of a value is there when all that read it have handed down theirs.
        if waiting[wire.source] == 0 { gradients.insert(writer.wire(wire.source)) }
      }
      done.insert(writer.circle(element.node))
      add(
        "Backward pass, step \(position + 1) of \(gates.count): \(writer.name(of: element))", element,
        writer.ruleTable(of: element, showsMatrices: false))
    }
    return steps
  }
}

extension DiagramWriter {
  /// The wires that show the value of a node: its own, and those of its branches.
  fileprivate func wires(carrying node: NodeID) -> [String] {
    var names = [wire(node)]
    for element in run.drawn.elements {
      for (position, wire) in element.wires.enumerated() where wire.source == node {
        names.append("\(circle(element.node))_\(position)")
      }
    }
    return names
  }

  /// The lines into and out of a gate.
  fileprivate func lines(around element: DrawnGraph.Element) -> Set<String> {
    var names = Set(element.outputs.map { "\(wire($0))_edge" })
    for position in element.wires.indices {
      names.insert("\(circle(element.node))_\(position)_edge")
      names.insert("\(circle(element.node))_\(position)_branch_edge")
    }
    return names
  }

  /// What a caption calls a gate: its operation, and the name of its value.
  fileprivate func name(of element: DrawnGraph.Element) -> String {
    let annotation = run.graph.annotation(of: element.node)
    let value = annotation.name ?? annotation.label ?? (element.node == run.output ? subject.title : "")
    let operation: String
    switch element.content {
    case .leaf: operation = ""
    case .gate(let symbol): operation = symbol
    case .box(let name, _): operation = name
    }
    let text = value.isEmpty ? "" : ", which gives \(drawn(value, limit: 40))"
    return "the gate \(operation)\(text)"
  }
}
