/// Part of a tensor: one element, or every so many, along each axis.
struct Slice: ViewGate {
  static let card = GateCard(
    name: "slice", symbol: "[ ]",
    options: [
      .init("start", "where to begin along each axis"), .init("stop", "where to stop along each axis"),
      .init("step", "how far to go along each axis"), .init("drop", "the axes of which one element is taken"),
    ],
    summary: "Takes part of x; formulas write x[0], x[1:3], x[:, -1].",
    localGradient: "1 for what is taken, 0 for the rest", pattern: .router)

  private let bounds: [(start: Int?, stop: Int?, step: Int)]
  private let dropped: [Int]

  init(_ options: GateOptions) throws(OptionError) {
    let starts = try Self.bounds("start", options)
    let stops = try Self.bounds("stop", options)
    let steps = try Self.bounds("step", options)
    guard !steps.contains(0) else { throw OptionError("a step cannot be 0") }
    bounds = (0..<max(starts.count, stops.count, steps.count)).map { axis in
      func bound(_ list: [Int?]) -> Int? { axis < list.count ? list[axis] : nil }
      return (bound(starts), bound(stops), bound(steps) ?? 1)
    }
    dropped = try options.integers("drop") ?? []
  }

  private static func bounds(_ name: String, _ options: GateOptions) throws(OptionError) -> [Int?] {
    guard let value = options.value(name) else { return [] }
    guard case .list(let items) = value else { return [try options.integer(name)] }
    var bounds: [Int?] = []
    for item in items { bounds.append(try GateOptions([(name, item)]).integer(name)) }
    return bounds
  }

  func view(of operand: Shape) throws(ShapeError) -> StridedView {
    guard bounds.count <= operand.rank else {
      throw ShapeError("\(bounds.count) indices are too many for shape \(operand)")
    }
    var (extents, strides, start) = ([Int](), [Int](), 0)
    for (axis, stride) in operand.strides.enumerated() {
      let extent = operand.extents[axis]
      let bound = axis < bounds.count ? bounds[axis] : (start: nil, stop: nil, step: 1)
      if dropped.contains(axis) {
        let index = bound.start ?? 0
        let position = index < 0 ? index + extent : index
        guard (0..<extent).contains(position) else {
          throw ShapeError("index \(index) is out of bounds for axis \(axis) of shape \(operand)")
        }
        start += position * stride
        continue
      }
      let (first, count) = Self.range(bound, extent)
      start += first * stride
      extents.append(count)
      // A single element is no step away from anything, and the step may be too large to multiply.
      strides.append(count > 1 ? stride * bound.step : 0)
    }
    return StridedView(extents: extents, strides: strides, start: start)
  }

  /// The first position and how many there are, by Python's rules: bounds are clipped, negative ones count from the end.
  private static func range(_ bound: (start: Int?, stop: Int?, step: Int), _ extent: Int) -> (Int, Int) {
    let isForward = bound.step > 0
    func clipped(_ index: Int) -> Int {
      let position = index < 0 ? (index < -extent ? -1 : index + extent) : index
      return isForward ? min(max(position, 0), extent) : min(max(position, -1), extent - 1)
    }
    let first = bound.start.map(clipped) ?? (isForward ? 0 : extent - 1)
    let end = bound.stop.map(clipped) ?? (isForward ? extent : -1)
    let distance = isForward ? end - first : first - end
    let step = bound.step == .min ? Int.max : abs(bound.step)
    return distance <= 0 ? (0, 0) : (first, (distance - 1) / step + 1)
  }
}
