/// All that an access package says beside the events themselves. The same request and archive give the same values.
package struct AccessPackage: Sendable {
  package var request: AccessRequest
  package var language = PackageLanguage.en
  /// The identifiers of the person, those of the request first, then in the order in which they were linked.
  package var identifiers: [LinkedIdentifier] = []
  package var scope: AccessScope
  /// What stands in the events and is not shown.
  package var masked = MaskedCounts()
  /// Fields that the policy does not disclose.
  package var hidden: [HiddenField] = []
  /// Who was sent archives that may hold the person, as the book of disclosures says.
  package var recipients: [KnownRecipient] = []

  package init(request: AccessRequest, scope: AccessScope) {
    self.request = request
    self.scope = scope
  }

  /// Whether everything that was given could be read and searched.
  package var isComplete: Bool { scope.isComplete }
}

package enum PackageLanguage: String, CaseIterable, Sendable { case en, fr }

/// An identifier of the person and how it is known to be theirs.
package struct LinkedIdentifier: Sendable {
  /// As the policy language spells kinds: `email`, `braze_id`.
  package let kind: String
  /// As it was given, or as it was seen first.
  package let value: String
  /// The workspace of a Braze id or external id; nothing for other kinds, or where none was told.
  package let workspace: String?
  /// Whether the request names it.
  package let isGiven: Bool
  /// Why it is theirs: `request`, `same-event` (stands beside another of theirs), `merge` (`users.UserOrphan`),
  /// `included` (a person decided so).
  package let link: String
  /// The identifier that it is linked to, by its number in the list; nothing for those of the request.
  package let linkedTo: Int?
  /// Whether several people carry it, so that nothing was searched by it.
  package let isShared: Bool
  /// Events of the person that carry it.
  package let events: Int

  package init(
    kind: String, value: String, workspace: String?, isGiven: Bool, link: String, linkedTo: Int?, isShared: Bool,
    events: Int
  ) {
    self.kind = kind
    self.value = value
    self.workspace = workspace
    self.isGiven = isGiven
    self.link = link
    self.linkedTo = linkedTo
    self.isShared = isShared
    self.events = events
  }
}

/// What was looked at, and what was not.
package struct AccessScope: Sendable {
  package struct Archive: Sendable {
    /// The last part of its path.
    package let name: String
    package let files: Int
    package let events: Int

    package init(name: String, files: Int, events: Int) {
      self.name = name
      self.files = files
      self.events = events
    }
  }

  /// A file, or a part of one, that could not be read.
  package struct Gap: Sendable {
    package let file: String
    /// The stable code of the failure.
    package let code: String
    /// Parts of the file; nothing where it is the whole of it.
    package let places: Int?

    package init(file: String, code: String, places: Int?) {
      self.file = file
      self.code = code
      self.places = places
    }
  }

  package var archives: [Archive] = []
  package var files = 0
  package var events = 0
  /// Workspaces to which the search was limited; empty where it was not.
  package var workspaces: [String] = []
  /// How many times the archives were gone through, from the start: later ones read only files that may matter.
  package var passes = 0
  /// Files read in all passes, a file counted each time.
  package var filesRead = 0
  /// Days of the person's first and last event, `YYYY-MM-DD`.
  package var firstDay: String?
  package var lastDay: String?
  package var unreadable: [Gap] = []
  package var unsupported: [Gap] = []
  /// Files made with a key, or by a policy, that is not at hand, or that hold nothing by which the request names the person,
  /// by key id.
  package var notSearchable: [String: Int] = [:]
  /// Events of no known identity.
  package var nameless = 0
  /// Events that only a shared value leads to, by the kind of the value; kept back until a person decides.
  package var heldBack: [String: Int] = [:]
  /// Files whose names say that they hold no events, those left out by the caller, and empty ones.
  package var ignoredFiles = 0

  package init() {}

  package var heldBackEvents: Int { heldBack.values.reduce(0, +) }

  package var isComplete: Bool {
    unreadable.isEmpty && unsupported.isEmpty && notSearchable.isEmpty && nameless == 0
  }
}

/// Values that stand in the events and are masked.
package struct MaskedCounts: Sendable {
  /// Identifiers of other people, by kind.
  package var others: [String: Int] = [:]
  package var credentials = 0

  package init() {}

  package static func += (left: inout MaskedCounts, right: MaskedCounts) {
    left.others.merge(right.others, uniquingKeysWith: +)
    left.credentials += right.credentials
  }
}

/// A field that the policy does not disclose, with its reason.
package struct HiddenField: Sendable {
  package let field: String
  package let because: String
  package var values: Int

  package init(field: String, because: String, values: Int) {
    self.field = field
    self.because = because
    self.values = values
  }
}

/// An audience that was sent archives.
package struct KnownRecipient: Sendable {
  package let audience: String
  /// `YYYY-MM-DD`.
  package let firstDay: String
  package let lastDay: String

  package init(audience: String, firstDay: String, lastDay: String) {
    self.audience = audience
    self.firstDay = firstDay
    self.lastDay = lastDay
  }
}
