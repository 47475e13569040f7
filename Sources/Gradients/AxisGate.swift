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
protocol AxisGate: CatalogGate {
  /// The axes.
  var axes: Axes { get }

  /// Whether the output has one number for each group; otherwise it has the operand's shape.
  static var reduces: Bool { get }

  /// The output of one group.
  func value(_ x: [Double]) -> [Double]

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

  private func groups(
    _ site: Site
  ) throws(GateError) -> (starts: ContiguousArray<Int>, members: ContiguousArray<Int>) {
    do throws(ShapeError) {
      return try axes.groups(in: site.operands[0].shape)
    } catch {
      throw GateError(error.description)
    }
  }

  func forward(_ values: inout MutableSpan<Double>, at site: Site) throws(GateError) {
    let (starts, members) = try groups(site)
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
    let (starts, members) = try groups(site)
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
}

/// An axis gate with one number for each group.
protocol ReductionGate: AxisGate {
  /// The number.
  func reduce(_ x: [Double]) -> Double

  /// Its derivative by each member of the group.
  func slopes(_ x: [Double], _ z: Double) -> [Double]
}

extension ReductionGate {
  static var reduces: Bool { true }

  func value(_ x: [Double]) -> [Double] { [reduce(x)] }

  func gradient(_ upstream: [Double], _ x: [Double], _ z: [Double]) -> [Double] {
    slopes(x, z[0]).map { upstream[0] * $0 }
  }
}
