package import ScrubCore
package import ScrubPolicy

/// How long events may be kept.
package struct RetentionRule: Sendable {
  /// Globs on event types.
  package let events: [Glob]
  package let days: Int
  package let mode: Policy.Erasure.Mode

  package init(events: [Glob], days: Int, mode: Policy.Erasure.Mode) {
    self.events = events
    self.days = days
    self.mode = mode
  }
}

/// The rules as a run goes by them, from its first look to whatever finishes it after a crash: what is too old then is
/// what was too old when it began.
struct RetentionTerms: Codable, Sendable {
  struct Rule: Codable, Sendable {
    /// Globs on event types.
    let events: [String]
    /// Events before it are too old: seconds since 1970-01-01; `Int.max` where all are.
    let limit: Int
    let mode: Receipt.Mode
  }

  let rules: [Rule]
  /// Seconds since 1970-01-01.
  let now: Int

  init(_ rules: [RetentionRule], now: Int) {
    self.now = now
    self.rules = rules.map { rule in
      Rule(
        events: rule.events.map(\.pattern), limit: now - min(max(rule.days, 0), 100_000) * 86_400,
        mode: rule.mode == .delete ? .delete : .blank)
    }
  }

  /// For who wants all events of one type.
  init(allOf event: String, now: Int) {
    self.now = now
    rules = [Rule(events: [event], limit: .max, mode: .delete)]
  }

  var blanks: Bool { rules.contains { $0.mode == .blank } }
}

/// Which rule decides about which event type. The same for all workers.
struct RetentionTypes: Sendable {
  let terms: RetentionTerms
  private let globs: [[Glob]]
  /// The event types of the catalog, in its order; a number behind them is for events that tell none of these.
  let names: [String]
  /// By number of the event type: the first rule that matches, and its limit.
  let rules: [Int?]
  let limits: [Int]

  init(_ terms: RetentionTerms, _ catalog: Catalog) {
    self.terms = terms
    let globs = terms.rules.map { $0.events.map { Glob($0) } }
    self.globs = globs
    names = catalog.eventTypes
    rules = names.map { name in globs.firstIndex { $0.contains { $0.matches(name) } } }
    limits = rules.map { $0.map { terms.rules[$0].limit } ?? .min }
  }

  func rule(of name: String) -> Int? { globs.firstIndex { $0.contains { $0.matches(name) } } }

  func limit(of rule: Int?) -> Int { rule.map { terms.rules[$0].limit } ?? .min }
}
