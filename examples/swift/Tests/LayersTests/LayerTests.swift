import ChainruleTesting
import Layers
import Testing

@Suite struct LayerTests {
  @Test(arguments: [-30.0, -1.2, 0, 0.5, 20])
  func `mish hands down the right gradient`(x: Double) {
    expectGradientsAgree(of: Mish(), at: [.init(x)])
  }

  @Test func `the gradients of a neuron are right`() {
    expectGradientsAgree(of: neuron, at: 2, -1, 0.5)
  }

  @Test func `the gradient of the loss is derived rightly, on both sides of its edge`() {
    expectGradientsAgree(of: HuberLoss.value, gradient: HuberLoss.gradient, at: [0.3, -0.7, 2.5, -4])
  }

  #if canImport(_Differentiation)
    @Test func `the energy of a spring is differentiated rightly`() {
      expectGradientsAgree(of: energy, at: Spring(position: 0.3, velocity: 2))
    }
  #endif
}
