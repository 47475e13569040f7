internal import Gradients

/// Which moves share a pass: those that reach the same part of the graph.
extension Probe {
  /// What planning a part of the graph costs, in numbers that are computed in all lanes.
  private static let planWork = 512

  /// Some of the slots that are moved, by their positions, and the part of the graph that they reach.
  ///
  /// Where another program runs what they reach, the part is what follows it.
  typealias Group = (part: Downstream, members: [Int], program: BlackBoxPart?)

  /// The slots in groups; each slot is moved to `pointCount` points.
  func partition(_ slots: [Int], pointCount: Int) -> [Group] {
    var nodes: [(node: NodeID, members: Range<Int>)] = []
    var own = 0..<0
    for (position, slot) in slots.enumerated() {
      if !own.contains(slot) {
        let node = graph.node(at: slot)
        own = graph.slot(of: node)..<graph.slot(of: node) + graph.shape(of: node).count
        nodes.append((node, position..<position))
      }
      nodes[nodes.count - 1].members = nodes[nodes.count - 1].members.lowerBound..<position + 1
    }
    if nodes.count > 1, !hasBlackBoxes,
      graph.slotCount * passCount(slots.count * pointCount) <= Self.planWork * nodes.count
    {
      return [(plan(nodes.map(\.node)), Array(slots.indices), nil)]
    }
    if let (program, rest) = smallProgramPart(movedBy: nodes.map(\.node)) {
      return [(rest, Array(slots.indices), program)]
    }
    return nodes.flatMap { partition(slots, $0.members, of: $0.node, pointCount) }
  }

  private func passCount(_ pointCount: Int) -> Int { (pointCount + lanes - 1) / lanes }

  /// The slots of one node, all in one group or grouped by the index along an axis, whichever takes less work.
  ///
  /// Slots within a column of the right factor of a matrix product, say, change one column of the product.
  private func partition(
    _ slots: [Int], _ members: Range<Int>, of node: NodeID, _ pointCount: Int
  ) -> [Group] {
    if let (program, rest) = programPart(movedBy: [node]) { return [(rest, Array(members), program)] }
    guard lanes > 1 else { return [(plan([node]), Array(members), nil)] }
    let (shape, first) = (graph.shape(of: node), graph.slot(of: node))
    guard let least = slots[members].min(), let greatest = slots[members].max() else { return [] }
    let ranges = ranges(from: least - first, through: greatest - first, in: shape)
    guard let (axis, size) = bestGrouping(ranges, members.count, of: node, pointCount) else {
      return [(plan(ranges, of: node), Array(members), nil)]
    }
    let (extent, stride, range) = (shape.extents[axis], shape.strides[axis], ranges[axis])
    var groups: [[Int]] = Array(repeating: [], count: (range.count + size - 1) / size)
    for number in groups.indices { groups[number].reserveCapacity(members.count / groups.count) }
    for position in members {
      let index = (slots[position] - first) / stride % extent
      groups[(index - range.lowerBound) / size].append(position)
    }
    return groups.enumerated().filter { !$0.element.isEmpty }.map { number, members in
      var part = ranges
      let index = range.lowerBound + number * size
      part[axis] = index..<min(index + size, range.upperBound)
      return (plan(part, of: node), members, nil)
    }
  }

  private func plan(_ ranges: [Range<Int>], of node: NodeID) -> Downstream {
    Downstream(of: Block(ranges), in: node, to: output, in: graph, lanes: lanes)
  }

  func plan(_ nodes: [NodeID]) -> Downstream {
    if let wholePlan, wholePlan.nodes == nodes { return wholePlan.part }
    let part = Downstream(of: nodes, to: output, in: graph, lanes: lanes)
    wholePlan = (nodes, part)
    return part
  }

  /// A block that holds all elements from the least to the greatest of some.
  private func ranges(from least: Int, through greatest: Int, in shape: Shape) -> [Range<Int>] {
    var isOneIndex = true
    return zip(shape.extents, shape.strides).map { extent, stride in
      // Beyond an axis along which they differ, elements in row-major order are anywhere.
      guard isOneIndex else { return 0..<extent }
      let (low, high) = (least / stride % extent, greatest / stride % extent)
      isOneIndex = low == high
      return low..<high + 1
    }
  }

  /// The axis by which it pays to group the slots within a block, and how many indices share a group, if it does.
  private func bestGrouping(
    _ ranges: [Range<Int>], _ slotCount: Int, of node: NodeID, _ pointCount: Int
  ) -> (axis: Int, size: Int)? {
    guard ranges.count > 1, slotCount * pointCount > 2 * lanes else { return nil }
    func work(_ ranges: [Range<Int>]) -> Int {
      Downstream.work(of: Block(ranges), in: node, to: output, in: graph)
    }
    let whole = work(ranges)
    var best: (axis: Int, size: Int)?
    var leastWork = Self.planWork + whole * passCount(slotCount * pointCount)
    for axis in ranges.indices where ranges[axis].count > 1 {
      let count = ranges[axis].count
      var part = ranges
      part[axis] = ranges[axis].lowerBound..<ranges[axis].lowerBound + 1
      let single = work(part)
      var size = 1
      while size < count {
        let work = single + (whole - single) * (size - 1) / (count - 1)
        let groupWork = Self.planWork + work * passCount(slotCount * pointCount * size / count)
        let groupCount = (count + size - 1) / size
        if groupCount * groupWork < leastWork { (best, leastWork) = ((axis, size), groupCount * groupWork) }
        size *= 2
      }
    }
    return best
  }
}
