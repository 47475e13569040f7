internal import CBLAS

/// The largest of `count` numbers, and by how much the logarithm of the sum of their exponentials exceeds it.
///
/// The numbers begin at slot `x` of `arena` and stand as often side by side as `largest` and `excess` have places: once
/// for each lane. What a lane gives does not depend on the others.
public func logsumexpLanes(
  _ x: Int, in arena: Span<Double>, count: Int, largest: inout ContiguousArray<Double>,
  excess: inout ContiguousArray<Double>
) {
  let lanes = largest.count
  precondition(
    x >= 0 && x + count * lanes <= arena.count && excess.count == lanes, "a row leaves its arena")
  unsafe arena.withUnsafeBufferPointer { arena in
    unsafe largest.withUnsafeMutableBufferPointer { largest in
      unsafe excess.withUnsafeMutableBufferPointer { excess in
        guard let x = unsafe arena.baseAddress?.advanced(by: x), let largest = largest.baseAddress,
          let excess = excess.baseAddress
        else { return }
        unsafe chainrule_logsumexp_lanes(x, largest, excess, count, lanes)
      }
    }
  }
}
