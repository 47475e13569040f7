internal import CBLAS

/// The logarithm of the sum of the exponentials of `count` numbers, which begin at slot `x` of `arena` and stand as often
/// side by side as `results` has places: one for each lane.
///
/// What a lane gives does not depend on the others.
public func logsumexpLanes(
  _ x: Int, in arena: Span<Double>, count: Int, into results: inout ContiguousArray<Double>
) {
  let lanes = results.count
  precondition(x >= 0 && x + count * lanes <= arena.count, "a row leaves its arena")
  unsafe arena.withUnsafeBufferPointer { arena in
    unsafe results.withUnsafeMutableBufferPointer { results in
      guard let from = arena.baseAddress, let to = results.baseAddress else { return }
      unsafe chainrule_logsumexp_lanes(from + x, to, count, lanes)
    }
  }
}
