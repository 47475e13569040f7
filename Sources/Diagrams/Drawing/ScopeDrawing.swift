internal import Gradients

/// Draws the expansions of functions, as boxes inside one another, and places the gates in them.
extension DiagramWriter {
  mutating func writeScopes() {
    let scopes = run.graph.scopes
    for element in run.drawn.elements where element.isLeaf {
      for node in element.outputs where branches(node) { add(line: "  " + placedBranch(node)) }
      for note in element.outputs.compactMap(placedNote) { add(line: "  " + note) }
    }
    var members: [[DrawnGraph.Element]] = scopes.map { _ in [] }
    var branchWires: [[String]] = scopes.map { _ in [] }
    var isUsed = scopes.map { _ in false }
    for element in run.drawn.elements where !element.isLeaf {
      guard var scope = scope(of: element) else {
        if needsPlace(element) { add(line: "  " + placed(element)) }
        for node in element.outputs where branches(node) { add(line: "  " + placedBranch(node)) }
        for note in element.outputs.compactMap(placedNote) { add(line: "  " + note) }
        continue
      }
      members[scope].append(element)
      for (position, use) in element.wires.enumerated() where branches(use.source) {
        let around = run.graph.commonPath(of: [use.source, element.node])
        if let last = around.last { branchWires[last].append("\(element.node)_\(position)") }
      }
      isUsed[scope] = true
      while let parent = scopes[scope].parent {
        isUsed[parent] = true
        scope = parent
      }
    }
    // A scope stands after its parent in the list, so the boxes open in order; each closes when what follows is
    // not inside it.
    var open: [Graph.ScopeID] = []
    for (scope, contents) in members.enumerated() where isUsed[scope] {
      while let last = open.last, last != scopes[scope].parent {
        add(line: String(repeating: "  ", count: open.count) + "}")
        open.removeLast()
      }
      open.append(scope)
      let indent = String(repeating: "  ", count: open.count)
      let label = DOTText.quoted(DOTText.label(drawn(scopes[scope].name)))
      add(
        line: """
          \(indent)subgraph cluster_s\(scope) { id="s\(scope)"; class="scope"; label=\(label); labeljust=l; \
          labelloc=t; style=rounded; peripheries=1; color=\(DOTText.quoted(theme.secondary)); margin=8;
          """)
      for element in contents {
        let outputs = element.isBundle ? [element.node] : element.outputs
        let wires =
          outputs.map { "\(wire($0));" } + outputs.compactMap(placedNote)
          + outputs.filter(branches).map(placedBranch)
        add(line: "\(indent)  \(placed(element)) \(wires.joined(separator: " "))")
      }
      if !branchWires[scope].isEmpty {
        add(line: "\(indent)  \(branchWires[scope].joined(separator: "; "));")
      }
    }
    while !open.isEmpty {
      add(line: String(repeating: "  ", count: open.count) + "}")
      open.removeLast()
    }
  }

  /// Whether any gate is part of a function that is drawn as a box.
  var hasScopes: Bool { run.drawn.elements.contains { scope(of: $0) != nil } }

  /// The function that an element is part of: for a box, the one around what it stands for.
  private func scope(of element: DrawnGraph.Element) -> Graph.ScopeID? {
    switch element.content {
    case .leaf: nil
    case .gate: run.graph.annotation(of: element.node).scope
    case .box(_, let gates): run.graph.commonScope(of: gates)
    }
  }
}

extension Graph {
  /// The scopes around a node, outermost first.
  func scopePath(of node: NodeID) -> [ScopeID] {
    var path: [ScopeID] = []
    var scope = annotation(of: node).scope
    while let inner = scope {
      path.append(inner)
      scope = scopes[inner].parent
    }
    return path.reversed()
  }

  /// The scope around a box of gates: the innermost that holds all of them, or the one around it where the box is the
  /// whole of that.
  func commonScope(of gates: [NodeID]) -> ScopeID? {
    commonPath(of: gates).dropLast().last
  }

  /// The scopes around all of some nodes, outermost first.
  func commonPath(of nodes: [NodeID]) -> [ScopeID] {
    guard let first = nodes.first else { return [] }
    return nodes.dropFirst().reduce(scopePath(of: first)) { path, node in
      zip(path, scopePath(of: node)).prefix { $0 == $1 }.map(\.0)
    }
  }
}
