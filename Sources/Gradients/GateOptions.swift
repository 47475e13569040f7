/// The value of an option as it stands in a formula.
public enum OptionValue: Sendable, Equatable {
  /// `None`: as if it had not been given.
  case none
  /// `True` or `False`.
  case flag(Bool)
  /// A number.
  case number(Double)
  /// A string.
  case text(String)
  /// A list or tuple.
  case list([OptionValue])
}

/// The options of one use of a gate, by name.
public struct GateOptions: Sendable {
  private let values: [(name: String, value: OptionValue)]

  /// Makes options; a name stands once.
  public init(_ values: [(name: String, value: OptionValue)] = []) {
    self.values = values
  }

  /// Every option that was given, in order.
  public var all: [(name: String, value: OptionValue)] { values }

  /// The value given for `name`, if there is one other than `None`.
  public func value(_ name: String) -> OptionValue? {
    values.first { $0.name == name && $0.value != .none }?.value
  }

  /// The number given for `name`.
  ///
  /// - Throws: `OptionError` when something else is given.
  public func number(_ name: String) throws(OptionError) -> Double? {
    guard let value = value(name) else { return nil }
    guard case .number(let number) = value else { throw OptionError("'\(name)' must be a number") }
    return number
  }

  /// The integer given for `name`.
  ///
  /// - Throws: `OptionError` when something else is given.
  public func integer(_ name: String) throws(OptionError) -> Int? {
    guard let value = value(name) else { return nil }
    return try Self.integer(value, name)
  }

  /// The integers given for `name`; a single one counts as a list of one.
  ///
  /// - Throws: `OptionError` when something else is given.
  public func integers(_ name: String) throws(OptionError) -> [Int]? {
    guard let value = value(name) else { return nil }
    guard case .list(let items) = value else { return [try Self.integer(value, name)] }
    var integers: [Int] = []
    for item in items {
      integers.append(try Self.integer(item, name))
    }
    return integers
  }

  /// The flag given for `name`.
  ///
  /// - Throws: `OptionError` when something else is given.
  public func flag(_ name: String) throws(OptionError) -> Bool? {
    guard let value = value(name) else { return nil }
    guard case .flag(let flag) = value else { throw OptionError("'\(name)' must be True or False") }
    return flag
  }

  private static func integer(_ value: OptionValue, _ name: String) throws(OptionError) -> Int {
    guard case .number(let number) = value, let integer = Int(exactly: number) else {
      throw OptionError("'\(name)' must be an integer")
    }
    return integer
  }
}

/// An option that a gate cannot use.
public struct OptionError: Error, Equatable, CustomStringConvertible {
  /// What went wrong, in words.
  public let description: String

  /// Makes an error that says `message`, with the option's name in it.
  public init(_ message: String) {
    description = message
  }
}
