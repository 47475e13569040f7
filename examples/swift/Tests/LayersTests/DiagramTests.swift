import ChainruleTesting
import Diagrams
import GradientChecking
import Layers
import Testing

@Suite struct DiagramTests {
  @Test func `the neuron's diagram is what it was`() {
    expectDiagram(
      try Diagram(of: GradientCheck(of: { v in neuron(v[0], v[1], v[2]) }, at: [2, -1, 0.5])),
      matches: "../../Diagrams/neuron.svg")
  }
}
