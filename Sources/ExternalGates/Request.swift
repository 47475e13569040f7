internal import Gradients

/// A message to a program; `docs/external-gates.md` says what each key means.
struct Request {
  enum Kind: String {
    case list, open, forward, backward, shutdown
  }

  /// One gate of a request for several in a row: `operands` are the numbers of the values it reads.
  struct Step {
    let gate: String
    let options: [(name: String, value: OptionValue)]
    let operands: [Int]
  }

  var id = 0
  let request: Kind
  var version: Int?
  var gate: String?
  var options: [(name: String, value: OptionValue)]?
  var operands: [(tensor: CopiedTensor, type: WireType)]?
  var copies: Int?
  var upstream: Tensor?
  /// Whether a backward request asks for what the forward pass gave, too.
  var observes = false
  var steps: [Step]?
  var outputs: [Int]?

  init(_ request: Kind) {
    self.request = request
  }

  /// The message as bytes; `hasBlock` says whether numbers follow the line, which not all programs take.
  func message(hasBlock: Bool) -> [UInt8] {
    var json = JSONWriter(hasBlock: hasBlock)
    json.raw("{")
    json.key("id")
    json.raw("\(id)")
    json.key("request")
    json.text(request.rawValue)
    if let version {
      json.key("version")
      json.raw("\(version)")
    }
    if let gate, let options { json.use(of: gate, options) }
    if let copies {
      json.key("copies")
      json.raw("\(copies)")
    }
    if let operands {
      json.key("operands")
      json.list(operands) { json, operand in json.operand(operand.tensor, operand.type) }
    }
    if let upstream {
      json.key("upstream")
      json.array(upstream)
    }
    if observes {
      json.key("observe")
      json.raw("true")
    }
    if let steps {
      json.key("steps")
      json.list(steps) { json, step in
        json.raw("{")
        json.use(of: step.gate, step.options)
        json.key("operands")
        json.list(step.operands) { json, number in json.raw("\(number)") }
        json.raw("}")
      }
    }
    if let outputs {
      json.key("outputs")
      json.list(outputs) { json, number in json.raw("\(number)") }
    }
    if json.blockCount > 0 {
      json.key("numbers")
      json.raw("\(json.blockCount)")
    }
    json.raw("}")
    return json.message
  }
}

/// What the numbers of an operand stand for.
enum WireType: String, Decodable {
  case float, integer, boolean
}

extension JSONWriter {
  fileprivate mutating func use(of gate: String, _ options: [(name: String, value: OptionValue)]) {
    key("gate")
    text(gate)
    key("options")
    raw("{")
    for (name, value) in options {
      key(name)
      option(value)
    }
    raw("}")
  }

  fileprivate mutating func operand(_ operand: CopiedTensor, _ type: WireType) {
    switch operand {
    case .same(let tensor):
      // What is no whole number cannot be written as one.
      if type != .float, tensor.elements.allSatisfy({ Int32(exactly: $0) != nil }) {
        whole(tensor.elements[...], tensor.shape.extents[...], type)
      } else {
        array(tensor)
      }
    case .all(let tensor):
      raw("{")
      key("copies")
      array(tensor)
      raw("}")
    case .changed(let base, let changes):
      raw("{")
      key("base")
      array(base)
      key("copy")
      array(Tensor(changes.map { Double($0.copy) }))
      key("element")
      array(Tensor(changes.map { Double($0.element) }))
      key("value")
      array(Tensor(changes.map(\.value)))
      raw("}")
    }
  }

  /// Nested lists of whole numbers, or of true and false.
  private mutating func whole(_ elements: ArraySlice<Double>, _ extents: ArraySlice<Int>, _ type: WireType) {
    guard let extent = extents.first else {
      let number = elements[elements.startIndex]
      return raw(type == .boolean ? "\(number != 0)" : "\(Int(number))")
    }
    let count = extent == 0 ? 0 : elements.count / extent
    list(0..<extent) { json, row in
      let start = elements.startIndex + row * count
      json.whole(elements[start..<start + count], extents.dropFirst(), type)
    }
  }

  private mutating func option(_ value: OptionValue) {
    switch value {
    case .none: raw("null")
    case .flag(let flag): raw("\(flag)")
    case .number(let number):
      if let integer = Int32(exactly: number) {
        raw("\(integer)")
      } else if number.isFinite {
        raw("\(number)")
      } else {
        text(number.isNaN ? "NaN" : number > 0 ? "Infinity" : "-Infinity")
      }
    case .text(let text): self.text(text)
    case .list(let items): list(items) { json, item in json.option(item) }
    }
  }
}
