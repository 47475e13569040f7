import Foundation
import Gradients
import TestSupport
import Testing

@testable import Diagrams

extension BrowserTests {
  /// The page's script against the engine: what both compute is the same.
  @Suite struct PageGateTests {
    /// One number for each operand of a gate.
    private struct Sample {
      let gate: any CatalogGate
      let operands: [Double]

      /// In texts, since JSON has not all numbers.
      var forScript: Script {
        var options: [String: String] = [:]
        for case (let name, .number(let number)) in gate.settings { options[name] = NumberText.exact(number) }
        return Script(gate: gate.card.name, options: options, operands: operands.map(NumberText.exact))
      }

      struct Script: Encodable {
        let gate: String
        let options: [String: String]
        let operands: [String]
      }
    }

    /// Gates that treat each element alone, though they take another number of operands than one or two.
    private static let moreElementwise = ["where", "maxout"]

    private static let samples: [Sample] = {
      var samples: [Sample] = []
      var random = SplitMix64(seed: 231)
      for type in GateCatalog.standard.gates {
        let name = type.card.name
        guard let gate = gate(type), gate is any ElementwiseGate || moreElementwise.contains(name) else {
          continue
        }
        let domain = type.card.domain
        let corners = type.card.kinks + [0, 1, -1, 0.5, 2, -3, domain.lowerBound, domain.upperBound]
        let count = type.card.isVariadic ? 3 : type.card.operands.count
        for number in 0..<40 {
          let operands = (0..<count).map { position in
            number < corners.count
              ? corners[(number + position * (number % 3)) % corners.count]
              : domain.lowerBound + (domain.upperBound - domain.lowerBound) * Double(random.next() >> 11)
                * 0x1p-53
          }
          samples.append(Sample(gate: gate, operands: operands))
        }
      }
      return samples
    }()

    /// The gate, with options where it has any.
    private static func gate(_ type: any CatalogGate.Type) -> (any CatalogGate)? {
      let options: [(name: String, value: OptionValue)] =
        switch type.card.name {
        case "clip": [("min", .number(-1)), ("max", .number(1.5))]
        case "dropout": [("p", .number(0.5))]
        case "elu", "leaky_relu": [("alpha", .number(0.3))]
        default: []
        }
      return try? type.init(GateOptions(options))
    }

    @Test func `every elementwise gate has the engine's values and slopes`() async throws {
      let browser = try #require(Browser.current)
      try await browser.open(try await drawnPage(["x**2", "x=1"]))
      let results: [[String]] = try await browser.value(
        """
        const number = (text) => Number(text);
        return arguments[0].map(({ gate, options, operands }) => {
          const { value, slopes } = gates[gate] ?? { value: () => 'missing', slopes: () => [] };
          const numbers = operands.map(number);
          const chosen = Object.fromEntries(Object.entries(options).map(([name, text]) => [name, number(text)]));
          const z = value(numbers, chosen);
          return [z, ...slopes(numbers, z, chosen)].map(String);
        });
        """, Self.samples.map(\.forScript))
      #expect(Set(Self.samples.map(\.gate.card.name)).count >= 30)
      for (sample, result) in zip(Self.samples, results) {
        let operands = sample.operands.map { Tensor($0) }
        let value = try sample.gate.output(at: operands).elements[0]
        let slopes = try sample.gate.localGradients(at: operands).map { $0.elements[0] }
        let script = result.map { Double($0) ?? .nan }
        #expect(
          zip([value] + slopes, script).allSatisfy { agree($0, $1) } && result.count == 1 + slopes.count,
          "\(sample.gate.card.name)(\(sample.operands)): the engine has \([value] + slopes), the page \(result)"
        )
      }
    }

    @Test(arguments: SampleUse.all)
    func `a gate that the page runs has the engine's values and gradients for tensors`(use: SampleUse)
      async throws
    {
      let browser = try #require(Browser.current)
      if try await browser.value("return typeof tape === 'undefined'") {
        try await browser.open(try await drawnPage(["x**2", "x=1"]))
      }
      var graph = Graph()
      var inputs: [String: Tensor] = [:]
      for (position, operand) in use.operands.enumerated() { inputs["x\(position)"] = operand }
      let operands = use.operands.enumerated().map { graph.input("x\($0.offset)", shape: $0.element.shape) }
      let node = try graph.apply(use.gate, to: operands)
      var evaluation = try Evaluation(graph, inputs: inputs)
      try evaluation.forward()
      let value = evaluation.value(of: node)
      let upstream = Tensor(
        shape: value.shape, elements: value.elements.indices.map { Double($0 % 5) - 1.5 })
      try evaluation.backward(from: node, upstream: upstream)
      let page = try Page(graph, evaluation, output: node, title: "f", source: "")
      let results: [[Double]] = try await browser.value(
        """
        const one = JSON.parse(arguments[0]);
        const node = one.nodes.at(-1);
        if (!canRunGate(one, node)) return [];
        node.value = node.value.map(() => 0);
        forward(one);
        return [node.value, ...handedDown(one, node, arguments[1])];
        """, try page.tape.json(), upstream.elements)
      guard !results.isEmpty else {
        #expect(!Self.mustRun(use), "the page does not run \(use)")
        return
      }
      let engine = [value] + (try use.gate.downstreamGradients(upstream, at: use.operands))
      #expect(results.count == engine.count)
      for (script, tensor) in zip(results, engine) {
        #expect(
          script.count == tensor.elements.count && zip(script, tensor.elements).allSatisfy { agree($0, $1) })
      }
    }

    /// The gates that a page is worth opening for; of the products those of vectors and matrices.
    private static func mustRun(_ use: SampleUse) -> Bool {
      let names = ["broadcast_to", "L2", "max", "mean", "min", "norm", "reshape", "sum"] + moreElementwise
      if use.card.name == "matmul" { return use.operands.allSatisfy { $0.shape.rank <= 2 } }
      return use.gate is any ElementwiseGate || names.contains(use.card.name)
    }

    @Test func `numbers are printed as in the pictures`() async throws {
      let browser = try #require(Browser.current)
      try await browser.open(try await drawnPage(["x**2", "x=1"]))
      var random = SplitMix64(seed: 7)
      var numbers: [Double] = [
        0, -0.0, 1.005, 0.125, -0.001, 9.995, 0.5, -2.5, 1e6, 999_999.5, 1e-9, 1e21, 1.0 / 3, -0.0049,
      ]
      for exponent in -12...12 {
        for _ in 0..<8 {
          let digits = Double(random.next() >> 44) / 1024 - 512
          numbers.append(exponent < 0 ? digits / .pow10(-exponent) : digits * .pow10(exponent))
        }
      }
      for decimals in 0...5 {
        let format = NumberFormat(decimals: decimals)
        let texts: [String] = try await browser.value(
          "return arguments[0].map((number) => numberText(Number(number), arguments[1]))",
          numbers.map(NumberText.exact), decimals)
        #expect(texts == numbers.map(format.text))
        let sums: [String] = try await browser.value(
          "return arguments[0].map(Number).map((x, i, all) => sumText([x, all[0] - x / 3], x + all[0] - x / 3, arguments[1]))",
          numbers.map(NumberText.exact), decimals)
        #expect(sums == numbers.map { format.sum([$0, numbers[0] - $0 / 3], $0 + numbers[0] - $0 / 3) })
      }
      let exact: [String] = try await browser.value(
        "return arguments[0].map((number) => short(Number(number)))", numbers.map(NumberText.exact))
      #expect(exact == numbers.map(NumberText.exact))
    }

    @Test func `a formula run again in the page is the formula run by the engine`() async throws {
      let browser = try #require(Browser.current)
      let formula = try String(contentsOf: Tool.root.appending(path: "examples/staged.grad"), encoding: .utf8)
      try await browser.open(try await drawnPage([formula]), hash: "#in.x=0.7&in.y=1.3")
      let script: [String] = try await browser.value(
        "return tape.nodes.filter((node) => node.kind === 'input').map((node) => String(node.gradient[0]))")
      let run = try await Tool.run([formula, "x=0.7", "y=1.3", "--format", "json"])
      let report = try #require(
        try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
      let inputs = try #require(report["inputs"] as? [[String: Any]])
      let engine = inputs.compactMap { ($0["analytic"] as? [Double])?.first }
      #expect(engine.count == 2 && zip(script, engine).allSatisfy { agree(Double($0) ?? .nan, $1) })
    }
  }
}

extension Double {
  fileprivate static func pow10(_ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { power, _ in power * 10 }
  }
}
