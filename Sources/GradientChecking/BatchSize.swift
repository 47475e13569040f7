/// How many elements are looked at between two questions whether to stop: as many as take a moment.
struct BatchSize {
  /// How many at first, and at most.
  private static let (smallest, largest) = (64, 8192)
  /// A message to another program costs more than what is in it.
  private static let smallestOfPrograms = 256
  /// How long a batch may take, in seconds: so long does one wait for progress or an end.
  private static let duration = 0.2

  /// The size of the next batch.
  private(set) var count: Int
  private let clock = ContinuousClock()

  init(hasBlackBoxes: Bool) {
    count = hasBlackBoxes ? Self.smallestOfPrograms : Self.smallest
  }

  /// Does a batch, and fits the size of the next one to the time that it took.
  mutating func measure<Result>(_ batch: () throws -> Result) rethrows -> Result {
    let began = clock.now
    let result = try batch()
    let passed = began.duration(to: clock.now) / .seconds(1)
    count = max(1, Int(min(Double(Self.largest), Double(count) * Self.duration / passed)))
    return result
  }
}
