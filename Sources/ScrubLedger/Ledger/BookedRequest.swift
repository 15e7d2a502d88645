/// A request as the book holds it: what is asked, until when, and what became of it. Never whose it is.
package struct BookedRequest: Hashable, Sendable {
  package enum Kind: String, CaseIterable, Codable, Sendable {
    case access, portability, erasure
  }

  package enum State: String, CaseIterable, Codable, Sendable {
    case open
    /// A plan of the erasure was written.
    case planned
    /// The package is made.
    case answered
    /// The erasure is carried out.
    case done
    /// Nothing was done: a guard, a hold, or a value that means several people.
    case refused
    /// Something could not be read, searched or decided.
    case incomplete
    /// A person says that it is over.
    case closed

    /// Whether somebody still has to do something before its last day.
    package var isOpen: Bool {
      switch self {
      case .open, .planned, .refused, .incomplete: true
      case .answered, .done, .closed: false
      }
    }
  }

  /// Who said that an erasure may be carried out, and the day, `YYYY-MM-DD`.
  package struct Approval: Hashable, Codable, Sendable {
    package let by: String
    package let on: String

    package init(by: String, on: String) {
      self.by = by
      self.on = on
    }
  }

  /// A longer time for the answer.
  package struct Extension: Hashable, Codable, Sendable {
    /// The day on which the person was told, and the last day since; `YYYY-MM-DD`.
    package let told: String
    package let due: String
    package let reason: String

    package init(told: String, due: String, reason: String) {
      self.told = told
      self.due = due
      self.reason = reason
    }
  }

  /// Something that happened to it.
  package struct Change: Hashable, Codable, Sendable {
    /// UTC, to the second.
    package let time: String
    /// The state since.
    package let state: State
    package let note: String

    package init(time: String, state: State, note: String) {
      self.time = time
      self.state = state
      self.note = note
    }
  }

  package let id: String
  package var kind: Kind
  /// `gdpr`, `uk`, `ccpa`, `lgpd`.
  package var law: String
  /// Days, `YYYY-MM-DD`. The last day without an extension.
  package var received, due: String
  package var extended: Extension?
  /// Days on which the clock stood; in `due` already.
  package var pausedDays = 0
  /// Whether somebody checked the person's identity.
  package var isVerified = false
  package var approved: Approval?
  package var state = State.open
  /// The code of what became of it, or what a person said when closing it.
  package var outcome: String?
  /// Where the package, the plan or the receipt is.
  package var place: String?
  /// Keyed fingerprints of the identifiers that it names, sorted.
  package var subjects: [String] = []
  /// The keyed digest of its file, hex.
  package var digest: String
  /// `YYYY-MM-DD`.
  package var closed: String?
  /// What happened, the oldest first.
  package internal(set) var history: [Change] = []

  package init(id: String, kind: Kind, law: String, received: String, due: String, digest: String) {
    self.id = id
    self.kind = kind
    self.law = law
    self.received = received
    self.due = due
    self.digest = digest
  }

  /// The last day on which an answer is in time.
  package var lastDay: String { extended?.due ?? due }
}
