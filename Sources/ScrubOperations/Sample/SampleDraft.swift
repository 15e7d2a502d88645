/// A value that a recipe made; text and lists are in the draft.
enum SampleValue {
  case null, text, list
  case whole(Int)
  case real(Float)
  case flag(Bool)
}

/// One event being made: who, when, why, and the last value.
struct SampleDraft {
  /// What the event belongs to.
  enum Journey {
    case campaign(Int)
    case canvas(Int)
  }

  let population: SamplePopulation
  var random = SampleRandom(seed: 0)
  /// The text of the last value.
  var text = SampleText()
  /// The texts of the last list.
  var list: [[UInt8]?] = []
  /// Room for a text inside a text.
  var part = SampleText()

  var type = SampleEventType.Facts()
  var number = 0
  var time = 0
  var user = 0
  /// The event knows no user, at most a phone.
  var isNameless = false
  var journey = Journey.campaign(0)
  var device = 0
  /// Whether a channel that is not told is email.
  var prefersEmail = true
  /// The request that an agent's event belongs to, and the user at the other end of a merge.
  var request = 0
  var survivor = 0
  /// Whether the value being made may not be null.
  var isRequired = false

  /// A user who is quoted in another's event.
  var quoted: Int?
  /// What the email field held, where that was no address.
  var emailForm = SampleEmailForm.plain

  init(population: SamplePopulation) { self.population = population }
}

/// How an email field holds its address.
enum SampleEmailForm: Int, CaseIterable {
  case plain, redacted, empty, hashed
}

extension SampleDraft {
  mutating func text(_ literal: String) -> SampleValue {
    text.add(literal)
    return .text
  }

  mutating func pick(_ choices: [String]) -> SampleValue {
    text.add(choices[random.below(choices.count)])
    return .text
  }

  /// The event's own id: the same whenever the event is made again.
  mutating func eventID() -> SampleValue {
    addEventID(to: &text)
    return .text
  }

  func addEventID(to text: inout SampleText) {
    text.add(uuid: SampleRandom.hash(population.seed, type.salt, number))
  }

  /// The customer's credential at a partner.
  mutating func projectToken() -> SampleValue {
    let half = population.hash(.connector, 1)
    text.add(hex: half, digits: 16)
    text.add(hex: ~half, digits: 16)
    return .text
  }

  /// A UUID that is in no other event.
  mutating func newUUID() -> SampleValue {
    text.add(uuid: random.next(), random.next())
    return .text
  }

  mutating func newHex(_ digits: Int) -> SampleValue {
    var left = digits
    while left > 0 {
      text.add(hex: random.next(), digits: min(left, 16))
      left -= 16
    }
    return .text
  }

  /// The UUID of a thing that has a number.
  mutating func uuid(_ purpose: SamplePurpose, _ thing: Int) -> SampleValue {
    text.add(uuid: population.hash(purpose, thing))
    return .text
  }

  mutating func whole(_ range: ClosedRange<Int>) -> SampleValue {
    .whole(range.lowerBound + random.below(range.count))
  }

  mutating func decimal(_ range: ClosedRange<Int>) -> SampleValue {
    text.add(decimal: range.lowerBound + random.below(range.count))
    return .text
  }

  mutating func flag(_ share: Int) -> SampleValue { .flag(random.percent(share)) }
}
