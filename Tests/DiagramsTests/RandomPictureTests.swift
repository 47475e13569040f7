import Diagrams
import Foundation
import Gradients
import GraphvizRendering
import Subprocess
import SystemPackage
import TestSupport
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Pictures of random graphs: branches, functions inside functions, repeated operands, constants, and names of every kind.
@Suite struct RandomPictureTests {
  @Test func `a thousand random graphs become pictures that an XML parser reads`() throws {
    for seed in 0..<1000 {
      let diagram = try RandomPicture(seed: UInt64(seed)).diagram
      let layout = Result { try GraphvizRenderer.svg(dot: diagram.layoutText) }
      let svg = diagram.svg(fromLayout: try #require(try? layout.get(), "seed \(seed): \(layout)"))
      let reader = MetadataReader()
      let parser = XMLParser(data: Data(svg.utf8))
      parser.delegate = reader
      #expect(parser.parse(), "seed \(seed): \(parser.parserError.map { "\($0)" } ?? "")")
      #expect(reader.text == diagram.dotText, "seed \(seed)")
      guard RandomPicture.isLarge(seed: UInt64(seed)) else { continue }
      let whole = try GraphvizRenderer.svg(dot: diagram.dotText)
      #expect(diagram.svg(fromLayout: whole) == svg, "seed \(seed)")
      let missing = try read(diagram.dotText).textsMissing(in: svg)
      #expect(missing.isEmpty, "seed \(seed): \(missing.prefix(3))")
    }
  }

  @Test func `Graphviz touches no memory that is not its own`() async throws {
    guard let valgrind = Self.program("valgrind") else {
      return print("not watched: valgrind is not installed")
    }
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var files: [String] = []
    for seed in 0..<1000 {
      let diagram = try RandomPicture(seed: UInt64(seed)).diagram
      // Of a large picture the layout leaves out the texts, which whoever draws the file by other means sees.
      let texts =
        RandomPicture.isLarge(seed: UInt64(seed))
        ? [diagram.layoutText, diagram.dotText] : [diagram.layoutText]
      for text in texts {
        let file = folder.appending(path: "\(files.count).dot")
        try Data(text.utf8).write(to: file)
        files.append(file.path)
      }
    }
    let result = try await Subprocess.run(
      .path(FilePath(valgrind)),
      arguments: Arguments(["--quiet", "--error-exitcode=99", try #require(Self.layoutOfFiles)] + files),
      output: .discarded, error: .string(limit: 1 << 16))
    #expect(result.terminationStatus.isSuccess, "\(result.standardError)")
  }

  private static func program(_ name: String) -> String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Beside the test bundle.
  private static var layoutOfFiles: String? {
    let folders = Bundle.allBundles.map(\.bundleURL).filter { $0.pathExtension == "xctest" }
      .map { $0.deletingLastPathComponent() }
    let own = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    return (folders + [own]).map { $0.appending(path: "LayoutOfFiles").path }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}

/// Reads the DOT text out of a picture.
private final class MetadataReader: NSObject, XMLParserDelegate {
  var text = ""
  private var isInside = false

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    isInside = name == "metadata"
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?)
  {
    isInside = false
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    if isInside { text += string }
  }
}

/// A random function, and how it is drawn.
private struct RandomPicture {
  let diagram: Diagram

  /// Whether the picture has so many gates that it is drawn in tiles.
  static func isLarge(seed: UInt64) -> Bool { seed % 40 == 7 }

  private static let names = [
    "x", "\"", "\\", "\\\"", "<b>", "</text>", "&", "&amp;", "a\nb", "\\N", "\\l",
    "\u{5e9}\u{5dc}\u{5d5}\u{5dd}",
    "\u{202e}abc", "\u{1f600}", "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}", "]]>", "<!--", "-->", "{a|b}",
    "\u{0}\u{1}", "e\u{301}", "[label=\"y\"]", "}", ";", "%s", "\u{fffe}", "\u{ffff}",
    String(repeating: "long ", count: 2000), String(repeating: "w", count: 10_000),
  ]

  init(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    func pick<Element>(_ list: [Element]) -> Element { list[Int(random.next() % UInt64(list.count))] }
    var graph = Graph()
    var inputs: [String: Tensor] = [:]
    var scopes: [Graph.ScopeID] = []
    let isLarge = Self.isLarge(seed: seed)
    let shape = pick(isLarge ? [.scalar] : [Shape.scalar, .scalar, Shape(3), Shape(2, 2), Shape(50)])
    var nodes: [NodeID] = []
    for i in 0..<1 + Int(random.next() % 5) {
      let name = "\(pick(Self.names))\(i)"
      inputs[name] = Tensor(repeating: Double(random.next() % 16) / 4 - 2, shape: shape)
      nodes.append(graph.input(name, shape: shape))
    }
    for _ in 0..<(isLarge ? 240 : 1) + Int(random.next() % 24) {
      let gate = pick(["add", "multiply", "maximum", "subtract", "tanh", "exp", "negative", "square"])
      let type = try #require(GateCatalog.standard[gate])
      let instance = try type.init(GateOptions())
      // In a large one all is part of what the output is computed from.
      var operands = [isLarge ? nodes[nodes.count - 1] : pick(nodes)]
      if instance.card.operands.count == 2 {
        switch random.next() % 4 {
        case 0: operands.append(operands[0])
        case 1: operands.append(graph.constant(Tensor(0.5)))
        default: operands.append(pick(nodes.suffix(6).map { $0 }))
        }
      }
      let node = try graph.apply(instance, to: operands)
      if random.next() % 3 == 0 {
        scopes.append(graph.scope(pick(Self.names), in: random.next() % 2 == 0 ? scopes.last : nil))
      }
      let name = random.next() % 2 == 0 ? pick(Self.names) : nil
      let scope = random.next() % 2 == 0 ? scopes.last : nil
      graph.annotate(node) { annotation in
        annotation.name = name
        annotation.label = name
        annotation.scope = scope
      }
      nodes.append(node)
    }
    let output = nodes[nodes.count - 1]
    var evaluation = try Evaluation(graph, inputs: inputs)
    try evaluation.forward()
    if random.next() % 8 > 0 { try evaluation.backward(from: output) }
    var options = DiagramOptions()
    options.style = pick([.lecture, .lecture, .full, .values, .closeup])
    options.theme = pick(DiagramTheme.allCases)
    options.hasCaptions = random.next() % 2 == 0
    options.hasHeatMaps = random.next() % 2 == 0
    options.folding = pick([.automatic, .none, .depth(0), .depth(1)])
    if isLarge { (options.style, options.folding) = (pick([.lecture, .values]), .none) }
    var marks = Diagram.Marks()
    if !isLarge, random.next() % 3 == 0 {
      let mark = Diagram.Mark(
        verdict: "disagree", subject: pick(Self.names), numbers: [(pick(Self.names), pick(Self.names))],
        text: pick(Self.names))
      marks.gates[output] = mark
      for _ in 0..<2 { marks.values[pick(Array(graph.nodes))] = mark }
    }
    diagram = try Diagram(
      graph, evaluation, output: output, title: pick(Self.names), source: pick(Self.names), options: options,
      marks: marks)
  }
}
