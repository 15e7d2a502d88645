internal import ScrubLedger

/// Who was sent what may be a person's, by the book of disclosures.
struct Recipients: Sendable {
  private var disclosures: [Disclosure] = []

  /// Nobody.
  init() {}

  /// Reads the book of a state folder.
  init(_ stateFolder: String) throws(ScrubRefusal) {
    let state = StateFolder(stateFolder)
    guard let ledger = try state.existingLedger() else { return }
    disclosures = try state.telling(Ledger.name) { () throws(LedgerProblem) in try ledger.disclosures.list() }
  }

  /// Everybody who was sent anything.
  var audiences: Set<String> { Set(disclosures.map(\.audience)) }

  /// Whether the book tells of anything: that it names nobody says something only then.
  var isKnown: Bool { !disclosures.isEmpty }

  /// The audiences that were sent events of the same types and days, by name, each with the days on which it was.
  ///
  /// - Parameter events: of the person, by type.
  func known(_ events: [String: EventDays]) -> [KnownRecipient] {
    var days: [String: ClosedRange<String>] = [:]
    for disclosure in disclosures where Self.mayHold(disclosure, events) {
      let day = String(disclosure.time.prefix(10))
      let known = days[disclosure.audience] ?? day...day
      days[disclosure.audience] = min(known.lowerBound, day)...max(known.upperBound, day)
    }
    return days.sorted { $0.key < $1.key }.map {
      KnownRecipient(audience: $0.key, firstDay: $0.value.lowerBound, lastDay: $0.value.upperBound)
    }
  }

  private static func mayHold(_ disclosure: Disclosure, _ events: [String: EventDays]) -> Bool {
    events.contains { type, days in disclosure.types[type].map(days.mayBeAmong) ?? false }
  }
}

/// The days of some events of a person.
struct EventDays: Sendable {
  private var days: ClosedRange<Day>?
  /// Whether one of them tells no time.
  private var isUndated = false

  /// Notes an event.
  ///
  /// - Parameter time: seconds since 1970-01-01; nothing where it tells none.
  mutating func note(_ time: Int?) {
    guard let day = time.map({ Day(seconds: $0) }) else {
      isUndated = true
      return
    }
    let known = days ?? day...day
    days = min(known.lowerBound, day)...max(known.upperBound, day)
  }

  /// Whether one of them may be among what was disclosed.
  func mayBeAmong(_ disclosed: Disclosure.Events) -> Bool {
    isUndated || days.map { disclosed.overlaps($0.lowerBound.description...$0.upperBound.description) } ?? false
  }
}
