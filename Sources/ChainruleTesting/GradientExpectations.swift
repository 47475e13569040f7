public import GradientChecking
public import Gradients
public import Testing

/// Expects that every gradient of a check agrees with the numerical one; otherwise records an issue that reads like
/// the report of `gradcheck`, with the graph attached as a picture.
///
/// What cannot be decided, such as a jump, is an issue too. Gives the report, or nil when the check could not be made.
@discardableResult
public func expectGradientsAgree(
  _ check: @autoclosure () throws -> GradientCheck, tolerance: Double = 1e-7,
  sourceLocation: SourceLocation = #_sourceLocation
) -> CheckReport? {
  do {
    let finding = try GradientFinding(check(), tolerance: tolerance)
    if let failure = finding.failure {
      Issue.record(Comment(rawValue: failure), sourceLocation: sourceLocation)
      if let picture = finding.picture {
        Attachment.record(picture, named: finding.pictureName, sourceLocation: sourceLocation)
      }
    }
    return finding.report
  } catch {
    Issue.record("the gradients could not be checked: \(error)", sourceLocation: sourceLocation)
    return nil
  }
}

/// Expects that the gradients of a function, which builds an expression from its variables, agree with the numerical
/// ones at the given tensors.
@discardableResult
public func expectGradientsAgree(
  of function: ([Variable]) throws -> Variable, at inputs: [Tensor], tolerance: Double = 1e-7,
  sourceLocation: SourceLocation = #_sourceLocation
) -> CheckReport? {
  expectGradientsAgree(
    try GradientCheck(of: function, at: inputs), tolerance: tolerance, sourceLocation: sourceLocation)
}

/// Expects that the gradient of a function of one variable agrees with the numerical one.
@discardableResult
public func expectGradientsAgree(
  of function: (Variable) throws -> Variable, at x: Tensor, tolerance: Double = 1e-7,
  sourceLocation: SourceLocation = #_sourceLocation
) -> CheckReport? {
  expectGradientsAgree(
    of: { try function($0[0]) }, at: [x], tolerance: tolerance, sourceLocation: sourceLocation)
}

/// Expects that the gradients of a function of two variables agree with the numerical ones.
@discardableResult
public func expectGradientsAgree(
  of function: (Variable, Variable) throws -> Variable, at x: Tensor, _ y: Tensor,
  tolerance: Double = 1e-7, sourceLocation: SourceLocation = #_sourceLocation
) -> CheckReport? {
  expectGradientsAgree(
    of: { try function($0[0], $0[1]) }, at: [x, y], tolerance: tolerance, sourceLocation: sourceLocation)
}

/// Expects that the gradients of a function of three variables agree with the numerical ones.
@discardableResult
public func expectGradientsAgree(
  of function: (Variable, Variable, Variable) throws -> Variable, at x: Tensor, _ y: Tensor, _ z: Tensor,
  tolerance: Double = 1e-7, sourceLocation: SourceLocation = #_sourceLocation
) -> CheckReport? {
  expectGradientsAgree(
    of: { try function($0[0], $0[1], $0[2]) }, at: [x, y, z], tolerance: tolerance,
    sourceLocation: sourceLocation)
}

/// Expects that the backward pass of a gate agrees with finite differences of its forward pass at the given operands;
/// labels among them are not differentiated.
@discardableResult
public func expectGradientsAgree(
  of gate: some Gate, at operands: [Tensor], tolerance: Double = 1e-7,
  sourceLocation: SourceLocation = #_sourceLocation
) -> CheckReport? {
  expectGradientsAgree(
    try GradientCheck(of: gate, at: operands), tolerance: tolerance, sourceLocation: sourceLocation)
}

/// Expects that the gradient of a function of an array, which was written by hand, agrees with the numerical one.
@discardableResult
public func expectGradientsAgree(
  of function: @escaping @Sendable ([Double]) -> Double,
  gradient: @escaping @Sendable ([Double]) -> [Double], at x: [Double], tolerance: Double = 1e-7,
  sourceLocation: SourceLocation = #_sourceLocation
) -> CheckReport? {
  expectGradientsAgree(
    try GradientCheck(of: function, gradient: gradient, at: x), tolerance: tolerance,
    sourceLocation: sourceLocation)
}
