public import Gradients

/// A neuron whose activation is ``Mish``: mish(w x + b).
public func neuron(_ w: Variable, _ x: Variable, _ b: Variable) -> Variable {
  .apply(Mish(), to: [w * x + b])
}
