internal import CBLAS

/// The logarithm of the sum of the exponentials of numbers, as the largest of them and the excess over it.
///
/// The `count` numbers begin at slot `x` of `arena` and stand as often side by side as the results have places: one for
/// each lane. The excess is not lost beside the largest number.
///
/// What a lane gives does not depend on the others.
public func logsumexpLanes(
  _ x: Int, in arena: Span<Double>, count: Int, into largest: inout ContiguousArray<Double>,
  _ excess: inout ContiguousArray<Double>
) {
  let lanes = largest.count
  precondition(x >= 0 && x + count * lanes <= arena.count, "a row leaves its arena")
  precondition(excess.count == lanes, "each lane has a largest number and an excess")
  unsafe arena.withUnsafeBufferPointer { arena in
    unsafe largest.withUnsafeMutableBufferPointer { largest in
      unsafe excess.withUnsafeMutableBufferPointer { excess in
        guard let from = arena.baseAddress, let most = largest.baseAddress, let more = excess.baseAddress
        else { return }
        unsafe chainrule_logsumexp_lanes(from + x, most, more, count, lanes)
      }
    }
  }
}
