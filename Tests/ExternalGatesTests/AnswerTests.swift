import Foundation
import Gradients
import Testing

@testable import ExternalGates

@Suite struct AnswerTests {
  private func answer(_ line: String, _ block: [Double] = []) throws -> Answer {
    try Answer(JSONDecoder().decode(Answer.Line.self, from: Data(line.utf8)), block)
  }

  /// What is wrong with an answer; nil where it is right, "" where there is no more to say.
  private func complaint(_ line: String, _ block: [Double] = []) -> String? {
    do {
      _ = try answer(line, block)
      return nil
    } catch {
      return (error as? WireError)?.description ?? ""
    }
  }

  @Test(arguments: [
    "[[1, -2.5, 0.1], [3, true, \"-Infinity\"]]",
    #"{"shape": [2, 3], "data": "AAAAAAAA8D8AAAAAAAAEwJqZmZmZmbk/AAAAAAAACEAAAAAAAADwPwAAAAAAAPD/"}"#,
    #"{"shape": [2, 3], "start": 1}"#,
  ])
  func `an array is nested lists, base64, or numbers of the block`(array: String) throws {
    let tensor = Tensor(shape: Shape(2, 3), elements: [1, -2.5, 0.1, 3, 1, -.infinity])
    let block = [7] + tensor.elements + [8]
    #expect(try answer(#"{"id": 1, "output": \#(array)}"#, block).output?.tensor == tensor)
    #expect(try answer(#"{"id": 1, "gradients": [null, \#(array)]}"#, block).gradients == [nil, tensor])
  }

  @Test func `copies that differ from a base have rows of changes, or changes of copies`() throws {
    let all = Tensor(shape: Shape(2, 2), elements: [1, 5, 6, 2])
    let rows = #"{"base": [1, 2], "element": [[1], [0]], "value": [[5], [6]]}"#
    let single = #"{"base": [1, 2], "copy": [1, 0], "element": [0, 1], "value": [6, 5]}"#
    for output in [rows, single] {
      #expect(try answer(#"{"output": \#(output)}"#).output?.copies(2) == all)
      #expect(try answer(#"{"outputs": [\#(output)]}"#).outputs?[0].copies(2) == all)
    }
    #expect(try answer(#"{"output": \#(single)}"#).output?.copies(1) == nil)
  }

  @Test(arguments: [
    (#"{"shape": [2], "data": "AAAA"}"#, "data that is not the base64 of float64 numbers"),
    (#"{"shape": [1], "data": "AAAAAAAA 8D8="}"#, "data that is not the base64 of float64 numbers"),
    (#"{"shape": [2], "data": "AAAAAAAA8D8="}"#, "1 float64 numbers for an array of shape (2,)"),
    (#"{"shape": [2], "start": 2}"#, "an array of shape (2,) at number 2 of 3"),
    (#"{"shape": [2], "start": -1}"#, "an array of shape (2,) at number -1 of 3"),
    ("[[1, 2], [3]]", "lists of different lengths where an array was expected"),
    (#"["one"]"#, "something that is not a number where a number was expected"),
    (#"{"base": 1, "element": [0, 0], "value": [1]}"#, "2 copies and 2 elements for 1 values"),
  ])
  func `an array that cannot be is told with what is wrong`(array: String, words: String) {
    #expect(complaint(#"{"id": 1, "output": \#(array)}"#, [1, 2, 3]) == words)
  }

  @Test(arguments: [
    "", "[]", "{", "{\"id\": 1", "{\"id\": \"one\"}", "{\"id\": 1.5}", "{\"id\": 1} {}", "{\"gates\": [{}]}",
    "{\"types\": [\"complex\"]}", "{\"output\": {\"shape\": [1]}}",
    "{\"output\": {\"shape\": [-1], \"start\": 0}}",
    "{\"output\": \(String(repeating: "[", count: 100_000))",
  ])
  func `what is no answer is told from one`(line: String) {
    #expect(complaint(line) != nil)
  }
}
