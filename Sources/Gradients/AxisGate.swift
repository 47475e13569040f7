internal import ComplexModule

/// Which axes a gate works along.
struct Axes: Sendable {
  /// The axes, as they were written; all of them when nil.
  let axes: [Int]?
  /// Whether an axis that is reduced stays, with extent 1.
  let keepsAxes: Bool

  static let options = [
    GateCard.Option("axis", "the axis, or a list of axes; all of them without it"),
    GateCard.Option("keepdims", "True leaves a reduced axis in place, with extent 1"),
  ]

  init(_ options: GateOptions) throws(OptionError) {
    axes = try options.integers("axis")
    keepsAxes = try options.flag("keepdims") ?? false
  }

  init(axes: [Int]? = nil) {
    self.axes = axes
    keepsAxes = false
  }

  /// For each axis of `shape`, whether it is one of these.
  func flags(in shape: Shape) throws(ShapeError) -> [Bool] {
    guard let axes else { return Array(repeating: true, count: shape.rank) }
    var flags = Array(repeating: false, count: shape.rank)
    for axis in axes {
      let position = try shape.axis(axis)
      guard !flags[position] else { throw ShapeError("axis \(axis) is listed twice") }
      flags[position] = true
    }
    return flags
  }

  /// The groups of elements that differ only along these axes: where each group begins, and how far from there its
  /// members lie.
  func groups(in shape: Shape) throws(ShapeError) -> (
    starts: ContiguousArray<Int>, members: ContiguousArray<Int>
  ) {
    guard axes != nil else { return ([0], ContiguousArray(0..<shape.count)) }
    let flags = try flags(in: shape)
    let strides = shape.strides
    func offsets(_ wanted: Bool) -> ContiguousArray<Int> {
      let axes = shape.extents.indices.filter { flags[$0] == wanted }
      return StridedView(extents: axes.map { shape.extents[$0] }, strides: axes.map { strides[$0] }).offsets
    }
    return (offsets(false), offsets(true))
  }
}

/// A gate that works on one group of numbers at a time, along axes.
protocol AxisGate: CatalogGate, ComplexGate {
  /// The axes.
  var axes: Axes { get }

  /// Whether the output has one number for each group; otherwise it has the operand's shape.
  static var reduces: Bool { get }

  /// The output of one group.
  func value<Number: AnalyticNumber>(_ x: [Number]) -> [Number]

  /// The gradient of one group, from the upstream gradient of its output.
  func gradient(_ upstream: [Double], _ x: [Double], _ z: [Double]) -> [Double]

  /// Makes the gate along the given axes.
  init(axes: Axes)
}

extension AxisGate {
  /// The axes.
  var settings: [(name: String, value: OptionValue)] {
    [("axis", axes.axes.map { .list($0.map { .number(Double($0)) }) } ?? .none)]
  }

  init(_ options: GateOptions) throws(OptionError) {
    self.init(axes: try Axes(options))
  }

  func outputShape(for operands: [Shape]) throws(ShapeError) -> Shape {
    let shape = operands[0]
    let flags = try axes.flags(in: shape)
    guard Self.reduces else { return shape }
    return try Shape(
      validating: shape.extents.indices.compactMap { axis in
        flags[axis] ? (axes.keepsAxes ? 1 : nil) : shape.extents[axis]
      })
  }

  /// The groups of a shape that has been checked.
  fileprivate func groups(
    _ shape: Shape
  ) throws(GateError) -> (starts: ContiguousArray<Int>, members: ContiguousArray<Int>) {
    do throws(ShapeError) {
      return try axes.groups(in: shape)
    } catch {
      throw GateError(error.description)
    }
  }

  func forward(_ values: inout MutableSpan<Double>, at site: Site) throws(GateError) {
    let (starts, members) = try groups(site.operands[0].shape)
    var x = Array(repeating: 0.0, count: members.count)
    for group in starts.indices {
      for lane in 0..<site.lanes {
        let start = site.operands[0].start + starts[group] * site.lanes + lane
        for i in members.indices { x[i] = values[start + members[i] * site.lanes] }
        let z = value(x)
        for i in z.indices {
          let offset = Self.reduces ? group : starts[group] + members[i]
          values[site.output.start + offset * site.lanes + lane] = z[i]
        }
      }
    }
  }

  func backward(
    _ gradients: inout MutableSpan<Double>, values: Span<Double>, at site: Site
  ) throws(GateError) {
    let (starts, members) = try groups(site.operands[0].shape)
    var x = Array(repeating: 0.0, count: members.count)
    var z = Array(repeating: 0.0, count: Self.reduces ? 1 : members.count)
    var upstream = z
    for group in starts.indices {
      for lane in 0..<site.lanes {
        let start = site.operands[0].start + starts[group] * site.lanes + lane
        for i in members.indices { x[i] = values[start + members[i] * site.lanes] }
        for i in z.indices {
          let offset = Self.reduces ? group : starts[group] + members[i]
          let slot = site.output.start + offset * site.lanes + lane
          (z[i], upstream[i]) = (values[slot], gradients[slot])
        }
        let gradient = gradient(upstream, x, z)
        for i in members.indices { gradients[start + members[i] * site.lanes] += gradient[i] }
      }
    }
  }

  func imaginaryOutput(real: [Tensor], imaginary: [Tensor]) throws(GateError) -> Tensor {
    let shape = real[0].shape
    let (starts, members) = try groups(shape)
    var output = Tensor(
      repeating: 0, shape: Self.reduces ? try part([real[0]]).shape : shape)
    for group in starts.indices {
      let slots = members.map { starts[group] + $0 }
      let z = value(
        [Complex](
          real: slots.map { real[0].elements[$0] }, imaginary: slots.map { imaginary[0].elements[$0] }))
      for i in z.indices { output.elements[Self.reduces ? group : slots[i]] = z[i].imaginary }
    }
    return output
  }
}

/// An axis gate with one number for each group.
protocol ReductionGate: AxisGate {
  /// The number.
  func reduce<Number: AnalyticNumber>(_ x: [Number]) -> Number

  /// Its derivative by each member of the group.
  func slopes(_ x: [Double], _ z: Double) -> [Double]
}

extension ReductionGate {
  static var reduces: Bool { true }

  func value<Number: AnalyticNumber>(_ x: [Number]) -> [Number] { [reduce(x)] }

  func gradient(_ upstream: [Double], _ x: [Double], _ z: [Double]) -> [Double] {
    slopes(x, z[0]).map { upstream[0] * $0 }
  }
}

/// A reduction that takes the members of a group one after the other.
protocol FoldGate: ReductionGate, BlockGate {
  /// What an empty group comes to.
  static var start: Double { get }

  /// What another member makes of those before it.
  func fold<Number: AnalyticNumber>(_ sum: Number, _ x: Number) -> Number

  /// The number, when all members are in.
  func finish<Number: AnalyticNumber>(_ sum: Number, count: Int) -> Number
}

extension FoldGate {
  func finish<Number: AnalyticNumber>(_ sum: Number, count: Int) -> Number { sum }

  func reduce<Number: AnalyticNumber>(_ x: [Number]) -> Number {
    finish(x.reduce(Number(Self.start)) { fold($0, $1) }, count: x.count)
  }

  /// The group of each element that moves: the block without the axes that are reduced.
  func reach(of block: Block, in position: Int, operands: [Shape], output: Shape) -> Block {
    guard axes.axes != nil, let flags = try? axes.flags(in: operands[0]) else { return Block(output) }
    return Block(
      block.ranges.indices.compactMap { axis in
        flags[axis] ? (axes.keepsAxes ? 0..<1 : nil) : block.ranges[axis]
      })
  }

  func work(_ operands: [Shape]) -> Int {
    guard axes.axes != nil, let flags = try? axes.flags(in: operands[0]) else { return operands[0].count }
    return zip(operands[0].extents, flags).reduce(1) { $1.1 ? $0 * $1.0 : $0 }
  }

  func forward(_ values: inout MutableSpan<Double>, at site: Site) throws(GateError) {
    try forward(&values, at: site, change: Change(site))
  }

  func forward(_ values: inout MutableSpan<Double>, at site: Site, change: Change) throws(GateError) {
    let operand = site.operands[0]
    guard axes.axes != nil else {
      // There is one group, whose members stand in order.
      let still = change.operands[0]?.start(in: operand.shape) ?? 0
      fold(
        &values, operand.start, to: site.output.start, count: operand.shape.count, still: still, site.lanes
      ) { $0 }
      return
    }
    let (starts, members) = try groups(operand.shape)
    for run in change.output.runs(in: site.output.shape) {
      for group in run.start..<run.start + run.count {
        fold(
          &values, operand.start + starts[group] * site.lanes, to: site.output.start + group * site.lanes,
          count: members.count, still: 0, site.lanes
        ) { members[$0] }
      }
    }
  }

  /// Folds one group in all lanes side by side, eight at a time in registers; the first members, so many as stand
  /// `still`, are alike in all of them.
  private func fold(
    _ values: inout MutableSpan<Double>, _ x: Int, to z: Int, count: Int, still: Int, _ lanes: Int,
    member: (Int) -> Int
  ) {
    var head = Self.start
    for i in 0..<still { head = fold(head, values[x + member(i) * lanes]) }
    var lane = 0
    while lane + 8 <= lanes {
      var sums = SIMD8(repeating: head)
      for i in still..<count {
        let first = x + member(i) * lanes + lane
        let y = values.span.extracting(first..<first + 8)
        sums = SIMD8(
          fold(sums[0], y[0]), fold(sums[1], y[1]), fold(sums[2], y[2]), fold(sums[3], y[3]),
          fold(sums[4], y[4]), fold(sums[5], y[5]), fold(sums[6], y[6]), fold(sums[7], y[7]))
      }
      for i in 0..<8 { values[z + lane + i] = finish(sums[i], count: count) }
      lane += 8
    }
    while lane < lanes {
      var sum = head
      for i in still..<count { sum = fold(sum, values[x + member(i) * lanes + lane]) }
      values[z + lane] = finish(sum, count: count)
      lane += 1
    }
  }
}

extension Array where Element: AnalyticNumber {
  /// The largest real part, NaN aside; negative infinity where there is none.
  var largestRealPart: Double {
    var largest = -Double.infinity
    for i in indices { largest = Swift.max(largest, self[i].realPart) }
    return largest
  }
}
