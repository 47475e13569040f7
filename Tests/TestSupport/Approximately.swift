public import Gradients

/// Whether two numbers are the same to about `digits` significant digits; NaN is the same as NaN.
public func agree(_ a: Double, _ b: Double, digits: Int = 12) -> Bool {
  if a == b || (a.isNaN && b.isNaN) { return true }
  var tolerance = 1.0
  for _ in 0..<digits { tolerance /= 10 }
  return (a - b).magnitude <= tolerance * max(a.magnitude, b.magnitude)
}

/// Whether two tensors are, element by element.
public func agree(_ a: Tensor, _ b: Tensor, digits: Int = 12) -> Bool {
  a.shape == b.shape && zip(a.elements, b.elements).allSatisfy { agree($0, $1, digits: digits) }
}
